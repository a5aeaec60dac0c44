package serve

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// tickKeeper keeps how far schedules have come, as a journal does.
type tickKeeper interface {
	ticks(ctx context.Context, flow, trigger string) (*journal.Ticks, error)
	move(ctx context.Context, from, to *journal.Ticks) (*journal.Ticks, error)
	// begin moves on and begins a run, both or neither.
	begin(ctx context.Context, from, to *journal.Ticks, flow *flows.Flow, inputs map[string]any, options []flows.RunOption) (begunTick, error)
	// forget forgets all of a flow but for some triggers.
	forget(ctx context.Context, flow string, but []string) error
}

// begunTick is a run that a tick has begun.
type begunTick struct {
	kept   *journal.Ticks
	handle handle
	rested <-chan struct{}
}

func keeperOf(s *Server) tickKeeper {
	if s.config.Journal == nil {
		return &memoryTicks{server: s, kept: map[string]*journal.Ticks{}}
	}
	return &journalTicks{server: s, journal: s.config.Journal}
}

// journalTicks keeps how far schedules have come in a journal.
type journalTicks struct {
	server  *Server
	journal *journal.Journal
}

func (j *journalTicks) ticks(ctx context.Context, flow, trigger string) (*journal.Ticks, error) {
	return j.journal.Ticks(ctx, flow, trigger) //nolint:wrapcheck // it says all
}

func (j *journalTicks) move(ctx context.Context, from, to *journal.Ticks) (*journal.Ticks, error) {
	return j.journal.MoveTicks(ctx, from, to) //nolint:wrapcheck // it says all
}

func (j *journalTicks) begin(_ context.Context, from, to *journal.Ticks, flow *flows.Flow, inputs map[string]any, options []flows.RunOption) (begunTick, error) {
	h, kept, err := j.journal.StartTick(context.WithoutCancel(j.server.life), from, to, flow, inputs, options...)
	if err != nil {
		return begunTick{}, err //nolint:wrapcheck // it says all
	}
	return begunTick{kept, h, h.Rested()}, nil
}

func (j *journalTicks) forget(ctx context.Context, flow string, but []string) error {
	if !j.journal.KeepsTicks() {
		return nil // then no schedule is served
	}
	return j.journal.ForgetTicks(ctx, flow, but) //nolint:wrapcheck // it says all
}

// memoryTicks keeps how far schedules have come as long as the process lives. Each
// is moved by one goroutine.
type memoryTicks struct {
	server *Server

	mu   sync.Mutex
	kept map[string]*journal.Ticks // by flow and trigger
}

func (m *memoryTicks) ticks(_ context.Context, flow, trigger string) (*journal.Ticks, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if kept := m.kept[routeKey(flow, trigger)]; kept != nil {
		return kept, nil
	}
	return &journal.Ticks{Flow: flow, Trigger: trigger}, nil
}

func (m *memoryTicks) move(_ context.Context, _, to *journal.Ticks) (*journal.Ticks, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[routeKey(to.Flow, to.Trigger)] = to
	return to, nil
}

func (m *memoryTicks) begin(ctx context.Context, from, to *journal.Ticks, flow *flows.Flow, inputs map[string]any, options []flows.RunOption) (begunTick, error) {
	h, err := flow.Start(m.server.life, inputs, options...)
	if err != nil {
		return begunTick{}, err //nolint:wrapcheck // it says all
	}
	kept, err := m.move(ctx, from, to)
	return begunTick{kept: kept, handle: h}, err
}

func (m *memoryTicks) forget(_ context.Context, flow string, but []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.kept, func(key string, _ *journal.Ticks) bool {
		name, ours := strings.CutPrefix(key, routeKey(flow, ""))
		return ours && !slices.Contains(but, name)
	})
	return nil
}
