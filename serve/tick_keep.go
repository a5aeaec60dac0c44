package serve

import (
	"context"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

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

func (j *journalTicks) begin(_ context.Context, from, to *journal.Ticks, served Served, inputs map[string]any, options []flows.RunOption) (begunTick, error) {
	h, kept, err := j.journal.StartTick(context.WithoutCancel(j.server.life), from, to, served.Flow, inputs, options...)
	if err != nil {
		return begunTick{}, err //nolint:wrapcheck // it says all
	}
	return begunTick{kept, h, h.Rested()}, nil
}

// memoryTicks keeps how far one schedule has come, as long as the process lives.
type memoryTicks struct {
	server *Server
	kept   *journal.Ticks
}

func (m *memoryTicks) ticks(_ context.Context, flow, trigger string) (*journal.Ticks, error) {
	if m.kept == nil {
		m.kept = &journal.Ticks{Flow: flow, Trigger: trigger}
	}
	return m.kept, nil
}

func (m *memoryTicks) move(_ context.Context, _, to *journal.Ticks) (*journal.Ticks, error) {
	m.kept = to
	return to, nil
}

func (m *memoryTicks) begin(_ context.Context, _, to *journal.Ticks, served Served, inputs map[string]any, options []flows.RunOption) (begunTick, error) {
	h, err := served.Flow.Start(m.server.life, inputs, options...)
	if err != nil {
		return begunTick{}, err //nolint:wrapcheck // it says all
	}
	m.kept = to
	return begunTick{kept: to, handle: h}, nil
}
