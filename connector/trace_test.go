package connector_test

import (
	"context"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	spanID  = "b7ad6b7169203331"
)

// What is a traceparent, W3C Trace Context says.
func TestReadTrace(t *testing.T) {
	good := "00-" + traceID + "-" + spanID + "-01"
	for _, tt := range []struct {
		name, parent string
		states       []string
		ok           bool
		state, xray  string
	}{
		{"recorded", good, []string{"a=b"}, true, "a=b", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=" + spanID + ";Sampled=1"},
		{"not recorded", good[:53] + "00", nil, true, "", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=" + spanID + ";Sampled=0"},
		{"flags that are not known", good[:53] + "ff", nil, true, "", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=" + spanID + ";Sampled=1"},
		{"blanks around it", "\t" + good + " ", nil, true, "", ""},
		{"two states", good, []string{"a=b", "c=d"}, true, "a=b,c=d", ""},
		{"a long state", good, []string{"a=" + strings.Repeat("x", 600)}, true, "", ""},
		{"a state that is no header", good, []string{"a=\x01"}, true, "", ""},
		{"a later version", "cc" + good[2:] + "-what-the-future-will-be-like", nil, true, "", ""},
		{"a later version, longer without a dash", "cc" + good[2:] + ".what", []string{"a=b"}, false, "", ""},
		{"this version, longer", good + "-x", nil, false, "", ""},
		{"a version that is none", "ff" + good[2:], nil, false, "", ""},
		{"capitals", strings.ToUpper(good), nil, false, "", ""},
		{"no trace", "00-" + strings.Repeat("0", 32) + good[35:], nil, false, "", ""},
		{"no span", good[:36] + strings.Repeat("0", 16) + "-01", nil, false, "", ""},
		{"too short", good[:54], nil, false, "", ""},
		{"other signs", strings.Replace(good, "-", "_", 1), nil, false, "", ""},
		{"no digits", "00-" + strings.Repeat("g", 32) + good[35:], nil, false, "", ""},
		{"nothing", "", []string{"a=b"}, false, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := connector.ReadTrace(tt.parent, tt.states)
			if ok != tt.ok || got.State != tt.state {
				t.Errorf("got %+v, %t", got, ok)
			}
			if tt.xray != "" && got.XRay() != tt.xray {
				t.Errorf("X-Ray has %s", got.XRay())
			}
			if !ok && (got != connector.Trace{} || got.XRay() != "") {
				t.Errorf("what is none is %+v", got)
			}
		})
	}
}

// FuzzReadTrace reads what callers send: what is taken can be written again, and says
// the same.
func FuzzReadTrace(f *testing.F) {
	f.Add("00-"+traceID+"-"+spanID+"-01", "a=b")
	f.Add("cc-"+traceID+"-"+spanID+"-01-x", "")
	f.Add("00-", "\x00")
	f.Fuzz(func(t *testing.T, parent, state string) {
		got, ok := connector.ReadTrace(parent, []string{state})
		if !ok {
			return
		}
		trace, span, flags, _ := got.IDs()
		again, ok := connector.ReadTrace(connector.NewTrace(trace, span, flags, got.State).Parent, []string{got.State})
		if !ok || again.State != got.State || again.Parent[2:] != got.Parent[2:55] {
			t.Errorf("%q is %+v, and then %+v", parent, got, again)
		}
		for _, c := range got.State {
			if c != '\t' && (c < ' ' || c > '~') {
				t.Errorf("the state holds %q", c)
			}
		}
	})
}

func TestTraceOf(t *testing.T) {
	at := connector.Trace{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", State: "a=b"}
	trace, span, flags, _ := at.IDs()
	for name, tt := range map[string]struct {
		ctx  context.Context
		want connector.Trace
	}{
		"none":    {t.Context(), connector.Trace{}},
		"a trace": {connector.WithTrace(t.Context(), at), at},
		"ids":     {connector.WithIDs(t.Context(), trace, span, flags, at.State), at},
		"inner":   {connector.WithIDs(connector.WithTrace(t.Context(), connector.Trace{Parent: "outer"}), trace, span, flags, at.State), at},
		"outer":   {connector.WithTrace(connector.WithIDs(t.Context(), trace, [8]byte{1}, 0, ""), at), at},
	} {
		if got := connector.TraceOf(tt.ctx); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
		if got, want := connector.XRayOf(tt.ctx), tt.want.XRay(); got != want {
			t.Errorf("%s: X-Ray has %q, want %q", name, got, want)
		}
	}
}
