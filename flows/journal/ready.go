package journal

import "context"

// Ready reports whether the journal can be used: that it can be read, that its files are
// still those that were opened, and that what was written last was written; where it was
// not, the error is a *[WriteError] until the journal can be written again, which the
// journal finds out by itself within some seconds. Ready itself writes nothing.
func (j *Journal) Ready(ctx context.Context) error {
	if why := j.trouble.why.Load(); why != nil {
		return why
	}
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
