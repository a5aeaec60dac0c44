package serve

import (
	"context"
	"iter"

	"github.com/medlar-flow/medlar/flows/journal"
)

// interrupted goes through the runs of the journal that nobody runs, page by page.
func (s *Server) interrupted(ctx context.Context) iter.Seq2[journal.Run, error] {
	return func(yield func(journal.Run, error) bool) {
		filter := journal.Filter{State: journal.Interrupted, Limit: 100}
		for {
			page, err := s.config.Journal.Runs(ctx, filter)
			if err != nil {
				yield(journal.Run{}, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
			}
			filter.After = page[len(page)-1].Key
		}
	}
}
