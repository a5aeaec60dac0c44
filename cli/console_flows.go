package cli

import (
	"os"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/serve/console"
)

// shownFlows are the files that a console shows: those that its patterns name at the
// time. Each is read when somebody looks at it, as it is then.
type shownFlows struct {
	patterns []string
	root     string
	registry *connector.Registry

	mu   sync.Mutex
	good time.Time // until when nobody looks for others
	list []console.Source
	open map[string]shownFlow // by their paths
}

type shownFlow struct {
	file   *flowFile
	source console.Source
}

// lookForFlows is how often folders are looked through at most.
const lookForFlows = time.Second

// openShownFlows finds files. A path without a file is a mistake.
func openShownFlows(patterns []string, root string, reg *connector.Registry) (*shownFlows, error) {
	s := &shownFlows{patterns: patterns, root: root, registry: reg, open: map[string]shownFlow{}}
	if len(patterns) == 0 {
		return s, nil
	}
	paths, err := expand(patterns)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			return nil, wrong("name a flow, a pattern or a folder", "the flow cannot be shown: %w", err)
		}
	}
	if err := s.take(paths); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// take opens the files that are new, and closes those that are gone. The error is the
// first of a file that cannot be opened; the others are taken.
func (s *shownFlows) take(paths []string) (failed error) {
	named := map[string]bool{}
	var list []console.Source
	for _, path := range paths {
		one, ok := s.open[path]
		if !ok {
			file, err := openFlow(path, s.root)
			if err != nil {
				if failed == nil {
					failed = err
				}
				continue
			}
			one = shownFlow{file, consoleSource(path, file, s.registry)}
			s.open[path] = one
		}
		named[path] = true
		list = append(list, one.source)
	}
	for path, one := range s.open {
		if !named[path] {
			_ = one.file.close() // it was only read
			delete(s.open, path)
		}
	}
	s.list = list
	return failed
}

// get returns the files as they are now. Where a pattern names nothing any more, they
// stay as they were.
func (s *shownFlows) get() []console.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); len(s.patterns) > 0 && now.After(s.good) {
		if paths, err := expand(s.patterns); err == nil {
			_ = s.take(paths) // one that cannot be opened is not shown
		}
		s.good = now.Add(max(lookForFlows, 20*time.Since(now)))
	}
	return s.list
}

func (s *shownFlows) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.open {
		_ = one.file.close() // it was only read
	}
	clear(s.open)
}
