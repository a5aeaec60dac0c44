package console

import (
	"html/template"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/graph"
)

// programs are the flows of runs that were shown lately. Runs of the same files share
// one.
type programs struct {
	mu   sync.Mutex
	all  map[string]*program
	last []string // the latest last
}

// program is what runs began with, and what pages need of it.
type program struct {
	flow    *flows.Flow
	outline []report.StepInfo
	graph   *graph.Graph
}

const (
	mostPrograms = 64
	// A program of so many bytes is checked after its page has been sent: with ten
	// thousand steps it takes longer than all else.
	longProgram = 64 << 10
)

// known returns the program of a run where it was shown lately; nil where it was not.
func (p *programs) known(d *journal.Details) *program {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all[d.Program()]
}

// of returns the program of a run, which does not change.
func (p *programs) of(d *journal.Details, registry *connector.Registry) (*program, error) {
	if one := p.known(d); one != nil {
		return one, nil
	}
	flow, err := d.Load(registry)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	one := &program{flow: flow, outline: flow.Outline()}
	one.graph = graph.Of(d.Flow, one.outline)
	key := d.Program()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[string]*program{}
	}
	if p.all[key] == nil {
		p.last = append(p.last, key)
	}
	p.all[key] = one
	if len(p.last) > mostPrograms {
		delete(p.all, p.last[0])
		p.last = p.last[1:]
	}
	return one, nil
}

// drawn returns the graph of a run's steps, as they stand.
func (one *program) drawn(st *standing) template.HTML {
	return template.HTML(one.graph.SVG(graph.Options{State: st.in(one.outline)})) //nolint:gosec // it is escaped there
}
