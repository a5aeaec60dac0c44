package main

import "github.com/medlar-flow/medlar/internal/bench/figures"

// workServe is a request that is answered with what one call of a function gave. The
// client of the request and who answers it are one process.
const workServe = "serve"

// rowUnserved is the flow on a journal without a server before it.
const rowUnserved = "unserved"

func serveSection(atOnce int) *section {
	s := callSection(workServe, "A request that makes one invoke, client and server", atOnce, clientRaw, clientSDK, clientFlow, clientJournal)
	for i, label := range map[int]string{0: "handler with net/http", 1: "handler with the AWS SDK client", 2: "served flow", 3: "served flow on a journal"} {
		s.Rows[i].Label = label
	}
	s.addClient(rowUnserved, "flow on a journal, not served", order{Client: clientJournal, Work: workInvoke})
	atLeast := func(of, over string, goal float64) {
		if atOnce < 64 {
			goal = 0
		}
		s.faster(of, over, goal)
	}
	atLeast(clientFlow, clientSDK, 1.5)
	atLeast(clientFlow, clientRaw, 0.6)
	atLeast(clientJournal, rowUnserved, 0.6)
	return s
}

// The rows of sections about traces. The first two do the same, so that what they
// differ by is the measurement's own.
const (
	rowUntraced = "untraced"
	rowAgain    = "again"
	rowTraced   = "traced"
)

// tracedSection measures what it costs that spans of runs are sent, by the settings
// that the variables of OpenTelemetry have when only the collector is said.
func tracedSection(name, title, work string, atOnce int) *section {
	s := callSection(name, title, atOnce)
	s.Columns = append(s.Columns, figures.Column{Metric: "lost", Header: "lost spans of 1,000 calls"})
	s.addClient(rowUntraced, "no spans", order{Client: clientFlow, Work: work})
	s.addClient(rowTraced, "spans sent by OTLP", order{Client: clientFlow, Work: work, Traced: true})
	s.addClient(rowAgain, "no spans, again", order{Client: clientFlow, Work: work})
	s.ratio("CPU", "cpu_us", rowAgain, rowUntraced, figures.Goal{})
	s.ratio("CPU", "cpu_us", rowTraced, rowUntraced, figures.Goal{AtMost: 1.1})
	return s
}
