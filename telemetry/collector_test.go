package telemetry_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes what is sent by OTLP, and reads it by OpenTelemetry's own types.
type collector struct {
	*httptest.Server
	t testing.TB

	mu     sync.Mutex
	spans  []*traces.Span
	lines  []*logs.LogRecord
	raw    bytes.Buffer // all bodies, as they came
	heads  []http.Header
	answer func(n int, w http.ResponseWriter, req *http.Request) bool // false where it has answered
}

func newCollector(t testing.TB) *collector {
	t.Helper()
	c := &collector{t: t}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

// ServeHTTP takes a request.
func (c *collector) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var from io.Reader = req.Body
	if req.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(req.Body)
		if err != nil {
			c.t.Error(err)
			return
		}
		from = unzipped
	}
	body, err := io.ReadAll(from)
	if err != nil {
		return // its sender went away
	}
	c.mu.Lock()
	n, answer := len(c.heads), c.answer
	c.heads = append(c.heads, req.Header)
	c.mu.Unlock()
	if answer != nil && !answer(n, w, req) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	var spans traces.TracesData
	var lines logs.LogsData
	switch {
	case strings.HasSuffix(req.URL.Path, "/v1/logs"):
		err = proto.Unmarshal(body, &lines)
	case req.Header.Get("Content-Type") == "application/x-protobuf":
		err = proto.Unmarshal(body, &spans)
	}
	if err != nil {
		c.t.Error(err)
	}
	for _, group := range spans.GetResourceSpans() {
		for _, scoped := range group.GetScopeSpans() {
			c.spans = append(c.spans, scoped.GetSpans()...)
		}
	}
	for _, group := range lines.GetResourceLogs() {
		for _, scoped := range group.GetScopeLogs() {
			c.lines = append(c.lines, scoped.GetLogRecords()...)
		}
	}
}

func (c *collector) requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.heads)
}

func (c *collector) taken() []*traces.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

// of returns the spans that the process of a trace sent; all for an empty id.
func of(spans []*traces.Span, trace string) (list []*traces.Span) {
	for _, s := range spans {
		if trace == "" || hex.EncodeToString(s.GetTraceId()) == trace {
			list = append(list, s)
		}
	}
	return list
}

// named returns the one span of a name.
func named(t *testing.T, spans []*traces.Span, name string) *traces.Span {
	t.Helper()
	var found []*traces.Span
	for _, s := range spans {
		if s.GetName() == name {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans %s in\n%s", len(found), name, tree(spans))
	}
	return found[0]
}

// attrs are the attributes of a span as texts.
func attrs(list []*common.KeyValue) map[string]string {
	m := map[string]string{}
	for _, a := range list {
		switch v := a.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			m[a.GetKey()] = v.StringValue
		case *common.AnyValue_IntValue:
			m[a.GetKey()] = fmt.Sprint(v.IntValue)
		case *common.AnyValue_BoolValue:
			m[a.GetKey()] = fmt.Sprint(v.BoolValue)
		case *common.AnyValue_DoubleValue:
			m[a.GetKey()] = fmt.Sprint(v.DoubleValue)
		}
	}
	return m
}

// tree draws spans below their parents, those beside each other in the order of their
// paths. A span whose parent is not there stands at the edge.
func tree(spans []*traces.Span) string {
	below := map[string][]*traces.Span{}
	ids := map[string]bool{}
	for _, s := range spans {
		ids[string(s.GetSpanId())] = true
	}
	for _, s := range spans {
		parent := string(s.GetParentSpanId())
		if !ids[parent] {
			parent = ""
		}
		below[parent] = append(below[parent], s)
	}
	var b strings.Builder
	var draw func(parent, indent string)
	draw = func(parent, indent string) {
		list := below[parent]
		slices.SortStableFunc(list, func(x, y *traces.Span) int {
			a, b := attrs(x.GetAttributes()), attrs(y.GetAttributes())
			return cmp.Or(cmp.Compare(a["medlar.step"], b["medlar.step"]), cmp.Compare(x.GetName(), y.GetName()),
				cmp.Compare(a["medlar.attempt"], b["medlar.attempt"]))
		})
		for _, s := range list {
			b.WriteString(indent + line(s) + "\n")
			draw(string(s.GetSpanId()), indent+"  ")
		}
	}
	draw("", "")
	return b.String()
}

// line says what there is of a span.
func line(s *traces.Span) string {
	a := attrs(s.GetAttributes())
	text := s.GetName()
	if step := a["medlar.step"]; step != "" && step != s.GetName() && a["medlar.attempt"] == "" {
		text += " (" + step + ")"
	}
	for _, name := range []string{"medlar.attempt", "medlar.outcome", "medlar.resumed", "medlar.undo", "medlar.items", "error.type"} {
		if v := a[name]; v != "" {
			text += " " + name[strings.IndexByte(name, '.')+1:] + "=" + v
		}
	}
	if n := len(s.GetEvents()); n > 0 {
		text += fmt.Sprintf(" events=%d", n)
	}
	if s.GetStatus().GetCode() == traces.Status_STATUS_CODE_ERROR {
		text += " failed"
	}
	if s.GetKind() == traces.Span_SPAN_KIND_CLIENT {
		text += " ->"
	}
	return text
}
