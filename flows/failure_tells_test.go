package flows_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/schema"
)

type panicIn struct {
	Text string `param:"text"`
}

// panicsWith panics below another function, with what it was given.
func panicsWith(text string) { panic("there is no " + text) }

// panicking panics in an operation, and when its connection is opened.
func panicking() *connector.Connector {
	return &connector.Connector{
		Name:       "wild",
		Connection: schema.MustNew(&schema.Field{Name: "host", Type: schema.String}),
		Open: func(_ context.Context, req connector.OpenRequest) (connector.Connection, error) {
			if host, ok := req.Params["host"].(string); ok {
				panicsWith(host)
			}
			return spyConn{}, nil
		},
		Operations: []*connector.Operation{
			connector.Op("wild.do", "Panic.", func(_ context.Context, in panicIn) (any, error) {
				panicsWith(in.Text)
				return nil, nil
			}),
			connector.Op("wild.write", "Write into a map that is nil.", func(context.Context, struct{}) (any, error) {
				writesInto(nil)
				return nil, nil
			}),
		},
	}
}

// TestPanicsAreInTheLog: the message and the stack of a panic stand in the log,
// without secrets, and the failure says so.
func TestPanicsAreInTheLog(t *testing.T) {
	reg, err := connector.NewRegistry(panicking())
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ flow, message, frame string }{
		"an operation":                {"steps: [{call: wild.do, with: {text: door}}]", `"message":"wild.do panicked: there is no door"`, "panicsWith"},
		"a mistake of Go":             {"steps: [{call: wild.write}]", `"message":"wild.write panicked: assignment to entry in nil map"`, "panicking.func"},
		"the opening of a connection": {"connections: {wild: {host: house}}\nsteps: [{call: wild.write}]", `"message":"wild: opening the connection panicked: there is no house"`, "panicsWith"},
		"a secret":                    {"inputs: {s: {type: secret, default: a-secret-of-ours}}\nsteps: [{call: wild.do, with: {text: \"${ctx.s}\"}}]", `"message":"wild.do panicked: there is no ***"`, "panicsWith"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte("flow: t\n" + tt.flow)}}, "flow.yaml", reg)
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			_, err = f.Run(t.Context(), nil, flows.WithListener(flows.LogEvents(zerolog.New(&log))))
			if err == nil || !strings.Contains(err.Error(), "panicked: this is a mistake in the operation; the log has the stack") {
				t.Errorf("the error is %v", err)
			}
			if got := log.String(); !strings.Contains(got, tt.message) || !strings.Contains(got, `"stack":"`) || !strings.Contains(got, tt.frame) ||
				strings.Contains(got, "debug.Stack") || strings.Contains(got, "a-secret-of-ours") {
				t.Errorf("the log is\n%s", got)
			}
		})
	}
}

// TestDetailsAreTold: what a service or fail says beside the message stands in the
// log, shortened.
func TestDetailsAreTold(t *testing.T) {
	long := strings.Repeat("x", 400)
	f := load(t, &recorder{}, "flow: t\ninputs: {long: {type: string}}\nsteps: [{fail: {code: Bad, message: m, details: {why: because, list: [1, 2], long: \"${ctx.long}\"}}}]")
	var log bytes.Buffer
	_, err := f.Run(t.Context(), map[string]any{"long": long}, flows.WithListener(flows.LogEvents(zerolog.New(&log))))
	if err == nil {
		t.Fatal("no error")
	}
	want := `"details":{"list":[1,2],"long":"` + strings.Repeat("x", 300) + `…","why":"because"}`
	if strings.Count(log.String(), want) != 2 { // of the step, and of the flow
		t.Errorf("the log is\n%s", log.String())
	}
}

// TestOwed: a handle knows at each moment what would have to be undone.
func TestOwed(t *testing.T) {
	for name, tt := range map[string]struct {
		flow   string
		cancel bool
		want   []string
	}{
		"nothing yet": {"steps: [{wait: 1h}]", false, nil},
		"two steps":   {"steps: [{id: a, call: test.change, undo: {wait: 1s}}, {id: b, call: test.change, undo: {wait: 1s}}, {wait: 1h}]", false, []string{"/b", "/a"}},
		"in branches and iterations": {
			"steps: [{forEach: [1, 2], concurrency: 2, do: [{id: a, call: test.change, undo: {wait: 1s}}, {wait: 1h}]}]", false, []string{"/1[0]/a", "/1[1]/a"},
		},
		"what was undone": {
			"steps: [{id: a, call: test.change, undo: {wait: 1s}}, {try: [{id: b, call: test.change, undo: {wait: 1s}}, {fail: {code: X, message: m}}], catch: [{do: []}]}, {wait: 1h}]",
			false,
			[]string{"/a"},
		},
		"the undo of a flow": {"steps: [{id: a, flow: sub.yaml, undo: {wait: 1s}}, {wait: 1h}]", false, []string{"/a"}},
		"a flow's own undos": {"steps: [{id: a, flow: sub.yaml}, {wait: 1h}]", false, []string{"/a/inner"}},
		"undoing":            {"steps: [{id: a, call: test.change, undo: {wait: 20s}}, {id: b, call: test.change, undo: {call: test.change}}, {wait: 1h}]", true, []string{"/a"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				files := fstest.MapFS{"flow.yaml": {Data: []byte("flow: t\n" + tt.flow)}, "sub.yaml": {Data: []byte("flow: s\nsteps: [{id: inner, call: test.change, undo: {wait: 1s}}]")}}
				flow, err := flows.Load(files, "flow.yaml", (&recorder{}).registry(t))
				if err != nil {
					t.Fatal(err)
				}
				h, err := flow.Start(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				if tt.cancel {
					h.Cancel()
				}
				synctest.Wait()
				got := h.Owed()
				if strings.HasPrefix(name, "in branches") {
					got = slices.Sorted(slices.Values(got))
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				h.Interrupt()
				_, err = h.Wait(t.Context())
				left := h.Owed()
				if strings.HasPrefix(name, "in branches") {
					left = slices.Sorted(slices.Values(left))
				}
				if diff := cmp.Diff(tt.want, left); diff != "" || err == nil {
					t.Errorf("after the interruption, %v (-want +got)\n%s", err, diff)
				}
			})
		})
	}
}

// A run that ended well owes nothing.
func TestOwedAtTheEnd(t *testing.T) {
	h := begin(t.Context(), t, &recorder{}, "flow: t\nsteps: [{call: test.change, undo: {wait: 1s}}]", nil)
	if _, err := h.Wait(t.Context()); err != nil || h.Owed() != nil {
		t.Errorf("it owes %q, %v", h.Owed(), err)
	}
}

func writesInto(m map[string]any) { m["a"] = 1 }
