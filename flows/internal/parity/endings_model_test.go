package parity_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// never is a time that does not come.
const never = time.Duration(math.MaxInt64)

// entry is a call that a run makes: its name and the time at which it is made.
type entry struct {
	at   time.Duration
	name string
}

// owing is a call that is to be undone: its name, how long its undo waits before
// it calls, and whether that call fails.
type owing struct {
	name  string
	delay time.Duration
	fails bool
}

// fault is how a part of a flow fails.
type fault struct {
	code string
	// canceled is when the run was canceled; never where it was not.
	canceled time.Duration
	// undone and left are the steps that were undone because of it, and those
	// that could not be.
	undone, left []string
}

// past is what came of a part of a flow.
type past struct {
	end  time.Duration
	owed []owing
	err  *fault
	// undone and left are steps of branches that have lost. They count once
	// something fails.
	undone, left []string
}

// failed returns the fault with what was undone before.
func (p past) failed() *fault {
	p.err.undone, p.err.left = append(p.err.undone, p.undone...), append(p.err.left, p.left...)
	return p.err
}

// model is what flows mean, told a second time: it shares nothing with the
// interpreter.
type model struct{ calls []entry }

// branch is the innermost one that a part of a flow stands in. Where it has others
// beside it, whoever stops it takes back what it did.
type branch struct {
	beside bool
	stop   time.Duration // when somebody stops it
}

// givenUp reports whether what came of a part is for whoever stopped its branch.
func (b branch) givenUp(p past) bool {
	return b.beside && (p.err.canceled != never || p.end >= b.stop)
}

func (m *model) call(at time.Duration, name string) { m.calls = append(m.calls, entry{at, name}) }

// undo takes back what is owed, the last first, and says so in the fault.
func (m *model) undo(at time.Duration, owed []owing, err *fault) time.Duration {
	for _, o := range slices.Backward(owed) {
		at += o.delay
		m.call(at, "u"+o.name)
		if o.fails {
			err.left = append(err.left, o.name)
		} else {
			err.undone = append(err.undone, o.name)
		}
	}
	return at
}

func stopped() *fault { return &fault{code: "stopped", canceled: never} }

// part is a part of a random flow.
type part interface {
	// text writes the steps.
	text(w *writer, indent string)
	// play says what becomes of it when it begins at a time, and what is around it
	// stops it at another.
	play(m *model, at, stop time.Duration, in branch) past
}

// steps follow each other.
type steps []part

func (n steps) text(w *writer, indent string) {
	for _, p := range n {
		p.text(w, indent)
	}
}

func (n steps) play(m *model, at, stop time.Duration, in branch) past {
	out := past{end: at}
	for _, p := range n {
		if out.end >= stop {
			out.err = stopped()
			return out
		}
		next := p.play(m, out.end, stop, in)
		out.end, out.owed, out.err = next.end, append(out.owed, next.owed...), next.err
		out.undone, out.left = append(out.undone, next.undone...), append(out.left, next.left...)
		if out.err != nil {
			return out
		}
	}
	return out
}

// pause waits.
type pause time.Duration

func (n pause) text(w *writer, indent string) {
	fmt.Fprintf(&w.Builder, "%s- wait: %s\n", indent, time.Duration(n))
}

func (n pause) play(_ *model, at, stop time.Duration, _ branch) past {
	if end := at + time.Duration(n); end < stop {
		return past{end: end}
	}
	return past{end: stop, err: stopped()}
}

// change is a call, with an undo or without.
type change struct {
	name  string
	undo  bool
	delay time.Duration
	fails bool // the undo does
}

const noted = `call: test.note, with: {name: %s, fail: %v, at: "${now() - ctx.start}"}`

func (n change) text(w *writer, indent string) {
	fmt.Fprintf(&w.Builder, "%s- id: %s\n%s  %s\n", indent, n.name, indent, strings.Replace(fmt.Sprintf(noted, n.name, false), ", with", "\n"+indent+"  with", 1))
	if n.undo {
		fmt.Fprintf(&w.Builder, "%s  undo: [{wait: %s}, {%s}]\n", indent, n.delay, fmt.Sprintf(noted, "u"+n.name, n.fails))
	}
}

func (n change) play(m *model, at, _ time.Duration, _ branch) past {
	m.call(at, n.name)
	out := past{end: at}
	if n.undo {
		out.owed = []owing{{n.name, n.delay, n.fails}}
	}
	return out
}

// failing fails.
type failing string

func (n failing) text(w *writer, indent string) {
	fmt.Fprintf(&w.Builder, "%s- fail: {code: %s, message: it fails}\n", indent, string(n))
}

func (n failing) play(_ *model, at, _ time.Duration, _ branch) past {
	return past{end: at, err: &fault{code: string(n), canceled: never}}
}

// canceling waits, cancels the run, and waits for that: a flow test cancels it
// from outside, at the moment when the first wait ends.
type canceling struct{ after pause }

func (n canceling) text(w *writer, indent string) {
	n.after.text(w, indent)
	fmt.Fprintf(&w.Builder, "%s- call: test.cancel\n", indent)
}

func (n canceling) play(m *model, at, stop time.Duration, in branch) past {
	out := n.after.play(m, at, stop, in)
	if out.err == nil {
		out.err = &fault{code: "Canceled", canceled: out.end}
	}
	return out
}

// trying undoes what fails in it, tries it again, handles it and cleans up, each
// where it says so; limit bounds each attempt.
type trying struct {
	id       string
	body     steps
	limit    time.Duration // 0 for none
	attempts int
	delay    time.Duration
	caught   bool
	finally  time.Duration // 0 for none
}

func (n trying) text(w *writer, indent string) {
	fmt.Fprintf(&w.Builder, "%s- try:\n", indent)
	n.body.text(w, indent+"    ")
	if n.limit > 0 {
		fmt.Fprintf(&w.Builder, "%s  timeout: %s\n", indent, n.limit)
	}
	if n.attempts > 1 {
		fmt.Fprintf(&w.Builder, "%s  retry: {attempts: %d, delay: %s, maxDelay: 1h, factor: 1, jitter: false, on: [timeout, failed]}\n", indent, n.attempts, n.delay)
	}
	if n.caught {
		fmt.Fprintf(&w.Builder, "%s  catch: [{do: [{%s}]}]\n", indent, fmt.Sprintf(noted, "h"+n.id, false))
	}
	if n.finally > 0 {
		fmt.Fprintf(&w.Builder, "%s  finally: [{wait: %s}, {%s}]\n", indent, n.finally, fmt.Sprintf(noted, "f"+n.id, false))
	}
}

func (n trying) play(m *model, at, stop time.Duration, in branch) past {
	out := n.retried(m, at, stop, in)
	// Nobody handles that the run, or what is around, is over.
	over := out.err != nil && (out.err.canceled != never || out.end >= stop)
	if out.err != nil && !over && n.caught {
		m.call(out.end, "h"+n.id)
		out.err = nil
	}
	if n.finally > 0 {
		out.end += n.finally
		m.call(out.end, "f"+n.id)
	}
	return out
}

func (n trying) retried(m *model, at, stop time.Duration, in branch) past {
	for attempt := 1; ; attempt++ {
		out := n.once(m, at, stop, in)
		if out.err == nil || out.err.canceled != never || out.end >= stop || attempt >= n.attempts {
			return out
		}
		if at = out.end + n.delay; at >= stop {
			out.end = stop
			return out
		}
	}
}

func (n trying) once(m *model, at, stop time.Duration, in branch) past {
	deadline := never
	if n.limit > 0 {
		deadline = at + n.limit
	}
	out := n.body.play(m, at, min(stop, deadline), in)
	if out.err == nil {
		return out
	}
	canceled := out.err.canceled != never
	if out.end >= deadline && out.end < stop && !canceled {
		out.err.code = "Timeout"
	}
	if in.givenUp(out) {
		return out // for whoever stopped it
	}
	out.end = m.undo(out.end, out.owed, out.failed())
	out.owed, out.undone, out.left = nil, nil, nil
	return out
}

// calling runs another flow, which undoes itself where it fails.
type calling struct {
	id   string
	body steps
}

func (n calling) text(w *writer, indent string) {
	fmt.Fprintf(&w.Builder, "%s- {flow: %s.yaml, with: {start: \"${ctx.start}\"}}\n", indent, n.id)
	inner := &writer{files: w.files}
	fmt.Fprintf(&inner.Builder, "flow: %s\ncleanupTimeout: 10h\ninputs: {start: {type: timestamp, required: true}}\nsteps:\n", n.id)
	n.body.text(inner, "  ")
	w.files[n.id+".yaml"] = inner.String()
}

func (n calling) play(m *model, at, stop time.Duration, in branch) past {
	out := n.body.play(m, at, stop, in)
	if out.err == nil || in.givenUp(out) {
		return out
	}
	out.end = m.undo(out.end, out.owed, out.failed())
	out.owed, out.undone, out.left = nil, nil, nil
	return out
}

// together runs branches side by side, or items, at most limit at once. Each item
// waits a while of its own first: what fails at the same moment has no order.
type together struct {
	id    string
	apart time.Duration
	items int // 0 for branches
	limit int
	parts []steps // one where there are items
}

func (n together) text(w *writer, indent string) {
	if n.items == 0 {
		fmt.Fprintf(&w.Builder, "%s- parallel:\n", indent)
		for i, p := range n.parts {
			fmt.Fprintf(&w.Builder, "%s    b%d:\n", indent, i)
			p.text(w, indent+"      ")
		}
		return
	}
	fmt.Fprintf(&w.Builder, "%s- forEach: \"${1..%d}\"\n%s  as: i%s\n%s  concurrency: %d\n%s  do:\n", indent, n.items, indent, n.id, indent, n.limit, indent)
	fmt.Fprintf(&w.Builder, "%s    - wait: \"${duration('%s') * i%s}\"\n", indent, n.apart, n.id)
	n.parts[0].text(w, indent+"    ")
}

// branch returns what a branch, or an item, does.
func (n together) branch(i int) steps {
	if n.items == 0 {
		return n.parts[i]
	}
	return append(steps{pause(n.apart * time.Duration(i+1))}, n.parts[0]...)
}

func (n together) play(m *model, at, stop time.Duration, in branch) past {
	count, limit := len(n.parts), len(n.parts)
	if n.items > 0 {
		count, limit = n.items, min(n.limit, n.items)
	}
	if limit == 1 {
		all := steps{}
		for i := range count {
			all = append(all, n.branch(i))
		}
		return all.play(m, at, stop, in)
	}
	// Who is first to fail stops the others: they are played again until nobody
	// fails before.
	first, failed := stop, -1
	for {
		trial := &model{}
		list := n.side(trial, count, limit, at, stop, first, failed)
		before := failed
		for i, p := range list {
			if p.err == nil || p.err.code == "stopped" {
				continue
			}
			if when := min(p.end, p.err.canceled); when < first {
				first, failed = when, i
			}
		}
		if failed == before {
			m.calls = append(m.calls, trial.calls...)
			return joined(list, failed, at, stop)
		}
	}
}

// side plays the branches, of which one fails first and stops the others.
func (n together) side(m *model, count, limit int, at, stop, first time.Duration, failed int) []past {
	var list []past
	free := make([]time.Duration, limit)
	for i := range free {
		free[i] = at
	}
	for i := range count {
		slot := 0
		for k := range free {
			if free[k] < free[slot] {
				slot = k
			}
		}
		if free[slot] >= first {
			break
		}
		until := first
		if i == failed {
			until = stop
		}
		p := n.branch(i).play(m, free[slot], until, branch{true, until})
		free[slot] = p.end
		if p.err != nil {
			free[slot] = never
		}
		list = append(list, p)
	}
	return list
}

// joined is what comes of branches that have all ended.
func joined(list []past, failed int, at, stop time.Duration) past {
	out := past{end: at}
	for i, p := range list {
		out.end, out.owed = max(out.end, p.end), append(out.owed, p.owed...)
		out.undone, out.left = append(out.undone, p.undone...), append(out.left, p.left...)
		switch {
		case i == failed:
			out.err = &fault{code: p.err.code, canceled: p.err.canceled}
		case p.err != nil && failed < 0:
			out.err = stopped()
		}
	}
	if out.err == nil && out.end >= stop {
		out.err = stopped()
	}
	for _, p := range list {
		if p.err != nil {
			out.err.undone = append(out.err.undone, p.err.undone...)
			out.err.left = append(out.err.left, p.err.left...)
		}
	}
	return out
}

// writer holds the text of a flow, and of those that it calls.
type writer struct {
	strings.Builder
	files map[string]string
}
