package journal

import "context"

// Ready reports whether the journal can be used: that it can be read, and that its files
// are still those that were opened. Nothing is written.
func (j *Journal) Ready(ctx context.Context) error {
	if s, ok := j.store.(interface{ Ready() error }); ok {
		if err := s.Ready(); err != nil {
			return err //nolint:wrapcheck // it says all
		}
	}
	_, err := j.Runs(ctx, Filter{Limit: 1})
	return err
}

// Ready reports whether the files of the journal are where they were.
func (f *file) Ready() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.anchored()
}
