package notify

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// memory is an outbox that ends with the process.
type memory struct {
	mu   sync.Mutex
	list []journal.Notice
}

// mostKept bounds what is kept; the oldest goes.
const mostKept = 10_000

// AddNotice keeps a notice.
func (m *memory) AddNotice(_ context.Context, n journal.Notice) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.ContainsFunc(m.list, func(o journal.Notice) bool { return o.ID == n.ID }) {
		return nil
	}
	if len(m.list) == mostKept {
		m.list = slices.Delete(m.list, 0, 1)
	}
	m.list = append(m.list, n)
	return nil
}

// Notices returns what is kept for somebody.
func (m *memory) Notices(_ context.Context, to string, most int) ([]journal.Notice, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []journal.Notice
	for _, n := range m.list {
		if n.To == to {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, byAge)
	return list[:min(len(list), most)], nil
}

// DropNotices forgets notices that were told.
func (m *memory) DropNotices(_ context.Context, ids ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = slices.DeleteFunc(m.list, func(n journal.Notice) bool { return slices.Contains(ids, n.ID) })
	return nil
}

// ForgetNotices forgets notices that are too old.
func (m *memory) ForgetNotices(_ context.Context, before time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = slices.DeleteFunc(m.list, func(n journal.Notice) bool { return n.At.Before(before) })
	return nil
}
