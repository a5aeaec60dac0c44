package serve_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
)

// elsewhere carries nothing, and follows schedules.
type elsewhere struct {
	serve.Carrier

	states map[string]*serve.ScheduleState // by the names of triggers
	err    error
}

func (e *elsewhere) Ready(context.Context) error { return e.err }
func (e *elsewhere) Encrypts() bool              { return true }

func (e *elsewhere) CheckSchedule(context.Context, serve.Scheduled) error { return nil }

func (e *elsewhere) FollowSchedules(context.Context, []string, []serve.Scheduled) ([]string, error) {
	return nil, nil
}

func (e *elsewhere) ScheduleState(_ context.Context, s serve.Scheduled) (*serve.ScheduleState, error) {
	return e.states[s.Trigger.Name], e.err
}

// Operators see of schedules that others follow what those tell; where they cannot be
// asked that is said, and no journal is blamed.
func TestSchedulesElsewhere(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte("flow: f\ntriggers:\n  - {name: on, schedule: every 1h}\n  - {name: off, schedule: every 1h}\n  - {name: new, schedule: every 1h}\nsteps: [{wait: 1s}]\n")}}, "f.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	e := &elsewhere{states: map[string]*serve.ScheduleState{
		"on":  {Seen: time.Unix(1, 0), Due: 2, LeftOut: 3, LastRuns: []string{"r-1", "r-2"}},
		"off": {Paused: true, Note: "by hand"},
	}}
	s, err := serve.New(t.Context(), serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: reg, Carrier: e})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path string) (int, map[string]any) {
		w := httptest.NewRecorder()
		s.Admin().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		var v map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Fatal(err, w.Body)
		}
		return w.Code, v
	}
	_, v := ask("/-/schedules")
	list, _ := v["schedules"].([]any)
	got := map[string]any{}
	for _, one := range list {
		m, _ := one.(map[string]any)
		got[m["trigger"].(string)] = []any{m["paused"], m["note"], m["waiting"], m["leftOut"], m["runs"], m["next"] != nil}
	}
	want := map[string]any{
		"on":  []any{false, "", 2.0, 3.0, []any{"r-1", "r-2"}, true},
		"off": []any{true, "by hand", 0.0, 0.0, []any{}, false},
		"new": []any{false, "", 0.0, 0.0, []any{}, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the schedules differ (-want +got):\n%s", diff)
	}
	e.err = errors.New("the server at 10.0.0.1:7233 does not answer")
	for _, path := range []string{"/-/schedules", "/-/readyz"} {
		status, v := ask(path)
		want := map[string]any{"code": "CarrierFailed", "detail": "who carries the runs, such as a server of Temporal, cannot be asked"}
		if diff := cmp.Diff(want, map[string]any{"code": v["code"], "detail": v["detail"]}); status != http.StatusServiceUnavailable || diff != "" {
			t.Errorf("%s: %d (-want +got):\n%s", path, status, diff)
		}
	}
}
