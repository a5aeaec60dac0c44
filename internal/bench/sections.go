package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

// section is what is measured together and shown as one table.
type section struct {
	figures.Section // without figures

	probes      []probe
	probeOf     map[string]int // by row, where the probes have a row each
	comparisons []figures.Comparison
	earlier     map[int][]string // rows of a probe that an earlier build has beside them
}

// probe measures one or more rows of a section.
type probe func(ctx context.Context, b *bench, round int) (samples, error)

// sections returns everything that can be measured, in the order of the report.
func sections() []*section {
	var all []*section
	for _, work := range []func(atOnce int) *section{invokeSection, passSection, settingsSection} {
		for _, atOnce := range []int{1, 16, 64} {
			all = append(all, work(atOnce))
		}
	}
	for _, atOnce := range []int{1, 16, 64} {
		all = append(all, durableSection(atOnce))
	}
	all = append(all, serviceSection(workSend, "A message, sqs.sendMessage"), serviceSection(workItem, "An item, dynamodb.getItem"))
	all = append(all, httpSection(16), httpSection(64), serveSection(1), serveSection(64))
	all = append(all, tracedSection("traced", "One invoke whose run is traced", workInvoke, 16),
		tracedSection("traced-serve", "A request that makes one invoke, traced", workServe, 16))
	all = append(all, temporalSection(1), temporalSection(40), temporalWorkerSection())
	return append(all, coldSection(), idleSection(), memorySection(), stepsSection(), eachSection(), resumeSection(), loadingSection())
}

// chosen returns the sections that a list of names stands for: whole names, or
// the part before the dash.
func chosen(all []*section, only string) ([]*section, error) {
	if only == "" {
		return all, nil
	}
	var some []*section
	for name := range strings.SplitSeq(only, ",") {
		known := false
		for _, s := range all {
			if s.Name != name && !strings.HasPrefix(s.Name, name+"-") {
				continue
			}
			known = true
			if !slices.Contains(some, s) {
				some = append(some, s)
			}
		}
		if !known {
			return nil, fmt.Errorf("there is no section %q", name)
		}
	}
	return some, nil
}

var clientLabels = map[string]string{
	clientRaw:       "net/http",
	clientSigned:    "net/http and the SDK's signer",
	clientSDK:       "AWS SDK client",
	clientConnector: "operation without a flow",
	clientFlow:      "flow",
	clientJournal:   "flow on a journal",
	clientBareLog:   "flow beside a bare log",
}

// callSection measures clients that do the same work.
func callSection(work, title string, atOnce int, clients ...string) *section {
	s := &section{Section: figures.Section{
		Name: fmt.Sprintf("%s-%d", work, atOnce), Title: title, AtOnce: atOnce,
		Columns: []figures.Column{
			{Metric: "calls_s", Header: "calls/s"},
			{Metric: "cpu_us", Header: "client CPU µs"},
			{Metric: "allocs", Header: "allocations"},
			{Metric: "p50_us", Header: "p50 µs"},
			{Metric: "p99_us", Header: "p99 µs"},
			{Metric: "stub_us", Header: "stub CPU µs"},
			{Metric: "noise", Header: "noise"},
		},
	}}
	for _, client := range clients {
		s.addClient(client, clientLabels[client], order{Client: client, Work: work})
	}
	return s
}

// addClient adds a row for a client that makes calls.
func (s *section) addClient(row, label string, o order) { s.addCaller(row, label, o, (*bench).ask) }

// addCaller adds a row for a client in the program that ask asks.
func (s *section) addCaller(row, label string, o order, ask func(*bench, context.Context, order) (samples, error)) {
	s.add(row, label, func(ctx context.Context, b *bench, round int) (samples, error) {
		o := o
		o.Role, o.AtOnce, o.Warm, o.For = roleCalls, s.AtOnce, b.pace.warm, b.pace.window
		if round == 0 && b.profiles != "" {
			o.Profile, o.For = b.profile(s.Name+"-"+row), 5*b.pace.window // a sample is taken each 10 ms only
		}
		got, err := ask(b, ctx, o)
		return samples{row: got[o.Client]}, err
	})
}

// add adds a row with a probe of its own.
func (s *section) add(row, label string, p probe) {
	if s.probeOf == nil {
		s.probeOf = map[string]int{}
	}
	s.probeOf[row] = len(s.probes)
	s.Rows = append(s.Rows, figures.Row{Name: row, Label: label})
	s.probes = append(s.probes, p)
}

// faster compares calls a second.
func (s *section) faster(of, over string, atLeast float64) {
	s.ratio("calls/s", "calls_s", of, over, figures.Goal{AtLeast: atLeast})
}

func (s *section) ratio(what, metric, of, over string, goal figures.Goal) {
	s.comparisons = append(s.comparisons, figures.Comparison{
		Name: fmt.Sprintf("%s of %s / %s", what, s.label(of), s.label(over)),
		Of:   figures.Quantity{Row: of, Metric: metric}, Over: figures.Quantity{Row: over, Metric: metric}, Goal: goal,
	})
}

// toward says of the last comparison whose goal it is part of.
func (s *section) toward(number int) { s.comparisons[len(s.comparisons)-1].Goal.Number = number }

// value holds a figure itself against a goal.
func (s *section) value(what, metric, of, unit string, atMost float64) {
	s.comparisons = append(s.comparisons, figures.Comparison{
		Name: what, Of: figures.Quantity{Row: of, Metric: metric}, Unit: unit, Goal: figures.Goal{AtMost: atMost},
	})
}

func (s *section) label(row string) string {
	for _, r := range s.Rows {
		if r.Name == row {
			return r.Label
		}
	}
	return row
}

// rowTuned is the flow in a program that collects garbage only where its
// memory comes near to a limit.
const rowTuned = "tuned"

func tuned() []string { return []string{"GOGC=off", "GOMEMLIMIT=64MiB"} }

func (s *section) addTuned(work string) {
	s.addClient(rowTuned, "flow, "+strings.Join(tuned(), " "), order{Client: clientFlow, Work: work, Settings: tuned()})
}

func invokeSection(atOnce int) *section {
	s := callSection(workInvoke, "One invoke", atOnce,
		clientRaw, clientSigned, clientSDK, clientConnector, clientFlow, clientJournal, clientBareLog)
	s.addTuned(workInvoke)
	atLeast := 2.6
	if atOnce == 1 {
		atLeast = 1.5
	}
	// What is asked of one call at a time stands in no goal.
	part := func(number int) {
		if atOnce > 1 {
			s.toward(number)
		}
	}
	s.faster(clientFlow, clientSDK, atLeast)
	part(goalInvoke)
	s.ratio("CPU", "cpu_us", clientFlow, clientSDK, figures.Goal{AtMost: 0.38})
	part(goalInvoke)
	s.faster(clientFlow, clientRaw, 0.85)
	part(goalInvoke)
	s.value("allocations of flow", "allocs", clientFlow, "", 45)
	part(goalInvoke)
	switch atOnce {
	case 1:
		s.faster(clientJournal, clientFlow, 0)
		return s
	case 16:
		s.faster(clientJournal, clientFlow, 0)
	case 64:
		s.faster(clientJournal, clientFlow, 0.4)
		s.toward(goalDurable)
	}
	s.against("calls/s", "calls_s", clientJournal, figures.Goal{AtLeast: 3.5, Number: goalDurable})
	s.against("CPU", "cpu_us", clientJournal, figures.Goal{AtMost: 0.35, Number: goalDurable})
	s.ratio("calls/s", "calls_s", clientBareLog, clientJournal+besideMark, figures.Goal{})
	s.ratio("CPU", "cpu_us", clientBareLog, clientJournal+besideMark, figures.Goal{})
	return s
}

func passSection(atOnce int) *section {
	s := callSection(workPass, "64 KiB passed through", atOnce, clientRaw, clientSDK, clientFlow)
	s.addTuned(workPass)
	s.faster(clientFlow, clientSDK, 1.8)
	if atOnce > 1 {
		s.toward(goalPass)
	}
	s.ratio("CPU", "cpu_us", clientFlow, clientSDK, figures.Goal{})
	s.faster(rowTuned, clientSDK, 0)
	return s
}

func settingsSection(atOnce int) *section {
	s := callSection(workSettings, "Another operation, getAccountSettings", atOnce, clientSDK, clientConnector, clientFlow)
	s.faster(clientConnector, clientSDK, 0.97)
	s.faster(clientFlow, clientSDK, 0.97)
	s.ratio("CPU", "cpu_us", clientConnector, clientSDK, figures.Goal{})
	s.ratio("CPU", "cpu_us", clientFlow, clientSDK, figures.Goal{})
	return s
}

// serviceSection measures an operation of a service that is known by its model.
func serviceSection(work, title string) *section {
	s := callSection(work, title, 16)
	s.addCaller(clientSDK, clientLabels[clientSDK], order{Client: clientSDK, Work: work}, peer(peersSDK))
	for _, client := range []string{clientConnector, clientFlow} {
		s.addClient(client, clientLabels[client], order{Client: client, Work: work})
	}
	s.faster(clientConnector, clientSDK, 1.8)
	s.faster(clientFlow, clientSDK, 0)
	s.ratio("CPU", "cpu_us", clientConnector, clientSDK, figures.Goal{})
	s.ratio("CPU", "cpu_us", clientFlow, clientSDK, figures.Goal{})
	return s
}

// httpSection measures http.request against net/http alone, which reads no JSON.
func httpSection(atOnce int) *section {
	s := callSection(workHTTP, "One request, http.request", atOnce, clientRaw, clientConnector, clientFlow)
	s.faster(clientFlow, clientRaw, 0.9)
	s.toward(goalHTTP)
	s.faster(clientConnector, clientRaw, 0)
	s.ratio("CPU", "cpu_us", clientFlow, clientRaw, figures.Goal{})
	s.against("CPU", "cpu_us", clientFlow, figures.Goal{AtMost: 0.6, Number: goalHTTP})
	s.against("CPU", "cpu_us", clientConnector, figures.Goal{})
	return s
}

func coldSection() *section {
	s := &section{Section: figures.Section{
		Name: "cold", Title: "Cold start",
		Columns: []figures.Column{{Metric: "wall_ms", Header: "ms"}, {Metric: "cpu_ms", Header: "CPU ms"}, {Metric: "rss_mb", Header: "most memory MB"}},
		Rows: []figures.Row{
			{Name: rowRunner, Label: "runner (50 steps, one invoke)"},
			{Name: rowOneshot, Label: "program of one SDK call"},
			{Name: rowCheck, Label: "runner check (one step)"},
		},
	}}
	s.probes = []probe{func(ctx context.Context, b *bench, _ int) (samples, error) { return b.measureCold(ctx) }}
	s.ratio("time", "wall_ms", rowRunner, rowOneshot, figures.Goal{AtMost: 1.2, Number: goalStart})
	s.ratio("CPU", "cpu_ms", rowRunner, rowOneshot, figures.Goal{AtMost: 1.5})
	s.value("most memory of runner", "rss_mb", rowRunner, "MB", 18)
	s.toward(goalStart)
	s.value("time of runner check", "wall_ms", rowCheck, "ms", 15)
	s.toward(goalStart)
	return s
}

func idleSection() *section {
	s := &section{Section: figures.Section{
		Name: "idle", Title: "A server that waits",
		Columns: []figures.Column{{Metric: "rss_mb", Header: "resident MB"}, {Metric: "anonymous_mb", Header: "of it not pages of files MB"}},
		Rows:    []figures.Row{{Name: rowServe, Label: "runner serve on a journal"}},
	}}
	s.probes = []probe{func(ctx context.Context, b *bench, _ int) (samples, error) { return b.measureIdle(ctx) }}
	s.value("memory of a server that waits", "rss_mb", rowServe, "MB", 30)
	return s
}

// inFlight is how many calls wait at the same time while memory is measured.
const inFlight = 1000

func memorySection() *section {
	s := &section{Section: figures.Section{
		Name: "memory", Title: "Memory of a call that waits, 1,000 at once",
		Columns: []figures.Column{{Metric: "live_kib", Header: "live KiB"}, {Metric: "rss_kib", Header: "resident KiB"}},
	}}
	for _, client := range []string{clientRaw, clientSDK, clientConnector, clientFlow} {
		s.add(client, clientLabels[client], func(ctx context.Context, b *bench, _ int) (samples, error) {
			return b.ask(ctx, order{Role: roleMemory, Client: client, Work: workInvoke, AtOnce: inFlight})
		})
	}
	s.ratio("live memory", "live_kib", clientFlow, clientSDK, figures.Goal{AtMost: 0.7})
	s.ratio("resident memory", "rss_kib", clientFlow, clientSDK, figures.Goal{AtMost: 0.7})
	return s
}

func stepsSection() *section {
	s := &section{Section: figures.Section{
		Name: "steps", Title: "Steps that touch nothing outside",
		Columns: []figures.Column{
			{Metric: "steps_s", Header: "steps/s"},
			{Metric: "ns", Header: "ns"},
			{Metric: "cpu_ns", Header: "CPU ns"},
			{Metric: "allocs", Header: "allocations"},
		},
		Rows: []figures.Row{
			{Name: rowPure, Label: "condition and mapping"},
			{Name: rowConstant, Label: "set of a constant"},
			{Name: rowNothing, Label: "call of an operation that does nothing"},
		},
	}}
	s.probes = []probe{func(ctx context.Context, b *bench, _ int) (samples, error) {
		return b.ask(ctx, order{Role: roleSteps, Steps: []int{1000}, Warm: b.pace.warm / 2, For: b.pace.window / 2})
	}}
	s.value("time of a condition and a mapping", "ns", rowPure, "ns", 1500)
	s.value("allocations of a condition and a mapping", "allocs", rowPure, "", 10)
	s.value("time of the interpreter itself", "ns", rowConstant, "ns", 300)
	s.value("allocations of the interpreter itself", "allocs", rowConstant, "", 2)
	return s
}

func loadingSection() *section {
	const few, many = 50, 10_000
	s := &section{Section: figures.Section{
		Name: "loading", Title: "Loading a flow",
		Columns: []figures.Column{{Metric: "ms", Header: "ms"}, {Metric: "cpu_ms", Header: "CPU ms"}, {Metric: "allocs", Header: "allocations"}},
		Rows: []figures.Row{
			{Name: flowRow(few), Label: "50 steps"},
			{Name: yamlRow(few), Label: "50 steps, yaml.v3 into nodes"},
			{Name: flowRow(many), Label: "10,000 steps"},
			{Name: yamlRow(many), Label: "10,000 steps, yaml.v3 into nodes"},
			{Name: flowRow(many) + inLine, Label: "10,000 steps in one line"},
			{Name: yamlRow(many) + inLine, Label: "10,000 steps in one line, yaml.v3 into nodes"},
		},
	}}
	s.probes = []probe{func(ctx context.Context, b *bench, _ int) (samples, error) {
		return b.ask(ctx, order{Role: roleLoading, Steps: []int{few, many}, For: b.pace.window})
	}}
	compare := func(name, of, over string, atMost float64) {
		s.comparisons = append(s.comparisons, figures.Comparison{
			Name: name, OfMedians: true, Goal: figures.Goal{AtMost: atMost},
			Of: figures.Quantity{Row: of, Metric: "ms"}, Over: figures.Quantity{Row: over, Metric: "ms"},
		})
	}
	compare("time of 10,000 steps / yaml.v3", flowRow(many), yamlRow(many), 1.5)
	s.toward(goalLoading)
	compare("time of 10,000 steps in one line / yaml.v3", flowRow(many)+inLine, yamlRow(many)+inLine, 1.5)
	s.toward(goalLoading)
	compare("time of 50 steps / yaml.v3", flowRow(few), yamlRow(few), 0)
	compare("time of 10,000 steps / 50 steps", flowRow(many), flowRow(few), 260)
	return s
}
