package serve

import (
	"context"
	"fmt"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/serve/notify"
)

// notifies has those told who are to be.
func (s *Server) notifies() error {
	if len(s.config.Notify) == 0 {
		return nil
	}
	c := notify.Config{Targets: s.config.Notify, Now: s.config.Now, Say: func(text string, err error) {
		s.config.Notice(Notice{Problem: err != nil, Text: text, Err: err})
	}}
	if s.config.Journal != nil {
		c.Outbox = s.config.Journal
	}
	n, err := notify.New(c)
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	if s.config.Journal != nil {
		if err := s.config.Journal.KeepNotices(n.Ended); err != nil {
			return fmt.Errorf("notify: %w", err)
		}
	}
	s.notifier = n
	return nil
}

// noticed has the end of a run told, if it is to be.
func (s *Server) noticed(g *running) {
	if s.notifier == nil || g.elsewhere || wasInterrupted(g.err) {
		return
	}
	if s.config.Journal == nil {
		flow, trigger := g.names()
		s.notifier.Keep(context.WithoutCancel(s.life), journal.RunEnd{
			ID: g.id, Flow: flow, Trigger: trigger, State: g.state, Started: g.started, Ended: s.config.Now(), Failure: report.AsRunError(g.err),
		})
	}
	s.notifier.Wake()
}
