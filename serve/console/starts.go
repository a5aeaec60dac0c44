package console

import (
	"crypto/sha256"
	"net/url"
	"sync"
)

// starts remembers what forms have begun: one that comes again as it was, since somebody
// pressed twice or saw no answer, begins no second run.
type starts struct {
	mu   sync.Mutex
	all  map[string]*started // by what their forms are known by
	last []string            // the latest last
}

// started is what became of a form. Whoever holds the lock deals with it.
type started struct {
	sync.Mutex
	form [sha256.Size]byte // what was sent; it may hold a secret
	run  string            // that it began; empty for none
}

const mostStarts = 1024

// of returns what became of a form.
func (s *starts) of(once string) *started {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.all[once]; found != nil {
		return found
	}
	if s.all == nil {
		s.all = map[string]*started{}
	}
	if len(s.last) >= mostStarts {
		delete(s.all, s.last[0])
		s.last = append(s.last[:0], s.last[1:]...)
	}
	one := &started{}
	s.all[once], s.last = one, append(s.last, once)
	return one
}

// begun returns the run that the same form began; empty for none.
func (s *started) begun(form url.Values) string {
	if s.form != sha256.Sum256([]byte(form.Encode())) {
		return ""
	}
	return s.run
}

// began keeps which run a form began.
func (s *started) began(form url.Values, run string) {
	s.form, s.run = sha256.Sum256([]byte(form.Encode())), run
}
