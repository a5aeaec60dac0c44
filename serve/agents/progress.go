package agents

import (
	"context"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/medlar-flow/medlar/flows/report"
)

// progress tells a caller which steps have ended. It holds nobody up: where the caller
// reads slowly, steps are left out.
type progress struct {
	mu    sync.Mutex
	over  bool // nothing is told any more
	steps chan string
	ended chan struct{}
}

// waiting is how many steps wait to be told.
const waiting = 64

// follow begins to tell a caller; nil for one that did not ask.
func follow(ctx context.Context, req *mcp.CallToolRequest) *progress {
	token := req.Params.GetProgressToken()
	if token == nil {
		return nil
	}
	p := &progress{steps: make(chan string, waiting), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		n := 0.0
		for step := range p.steps {
			n++
			_ = req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: token, Progress: n, Message: step}) // one that went away is told nothing
		}
	}()
	return p
}

// listener hears of the steps; nil where nobody is told.
func (p *progress) listener() report.Listener {
	if p == nil {
		return nil
	}
	return func(e report.Event) {
		var what string
		switch e.Type {
		case report.StepFinished:
			what = e.Step + " done"
		case report.StepFailed:
			what = e.Step + " failed: " + e.Err.Code
		case report.StepRetried:
			what = e.Step + " tried again: " + e.Err.Code
		case report.UndoFinished:
			what = e.Step + " undone"
		case report.UndoFailed:
			what = e.Step + " could not be undone: " + e.Err.Code
		default:
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.over {
			return
		}
		select {
		case p.steps <- what:
		default:
		}
	}
}

// end waits until all is told.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.over = true
	close(p.steps)
	p.mu.Unlock()
	<-p.ended
}
