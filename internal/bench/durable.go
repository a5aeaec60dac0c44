package main

import (
	"context"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/bench/figures"
)

// Three steps on a journal that call nobody: what is left is the journal's work. The
// first change something, the others read.
const (
	workChange = "change"
	workRead   = "read"
)

// The rows of the section about them that are not clients.
const (
	rowReads = "reads"
	rowDBOS  = "dbos"
)

// durableSection measures runs whose records are on disk before anything outside
// relies on them, beside those of DBOS Transact, which sets its database by itself.
func durableSection(atOnce int) *section {
	s := callSection(workChange, "Three steps that change something, on a disk", atOnce, clientJournal)
	s.addClient(clientBareLog, clientLabels[clientBareLog], order{Client: clientBareLog, Work: workChange})
	s.addClient(rowReads, "flow on a journal, three steps that read", order{Client: clientJournal, Work: workRead})
	s.addCaller(rowDBOS, "DBOS Transact Go", order{Client: rowDBOS, Work: workChange}, peer(peersDBOS))
	atLeast := map[int]float64{1: 2.5, 16: 10, 64: 20}[atOnce]
	s.faster(clientJournal, rowDBOS, atLeast)
	s.toward(goalDurable)
	s.ratio("CPU", "cpu_us", clientJournal, rowDBOS, figures.Goal{})
	s.faster(clientBareLog, rowDBOS, 0)
	return s
}

// readOnly is connector.EffectReadOnly, which the revision of the goals has under
// another name.
const readOnly connector.Effect = 1

type number struct {
	N int `json:"n"`
}

// local offers operations that take and give a number, and touch nothing.
func local() *connector.Connector {
	next := func(_ context.Context, in number) (number, error) { return number{N: in.N + 1}, nil }
	return &connector.Connector{Name: "bench", Operations: []*connector.Operation{
		connector.Op("bench.change", "Give the next number, as if it changed something.", next),
		connector.Op("bench.read", "Give the next number.", next, connector.WithEffect(readOnly)),
		connector.Op("bench.nothing", "Do nothing.", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil }),
	}}
}
