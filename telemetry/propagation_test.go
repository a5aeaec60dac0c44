package telemetry_test

import (
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	traces "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	opshttp "github.com/medlar-flow/medlar/operations/http"
	"github.com/medlar-flow/medlar/operations/lambda"
	"github.com/medlar-flow/medlar/serve"
)

// A request to a served flow is the parent of its run, and what the run calls is told
// of its attempt: by traceparent, and Lambda by X-Amzn-Trace-Id, also by the calls that
// go around the SDK.
func TestPropagation(t *testing.T) {
	var mu sync.Mutex
	var heads []http.Header
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		heads = append(heads, req.Header)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{}"))
	}))
	defer upstream.Close()
	reg, err := connector.NewRegistry(opshttp.Connector(), lambda.Connector())
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(`flow: t
triggers: [{http: POST /go}]
connections:
  aws: {region: eu-west-1, accessKeyId: a, secretAccessKey: b, endpoint: "` + upstream.URL + `"}
steps:
  - {call: http.request, with: {url: "` + upstream.URL + `/x?token=in-the-query", method: POST}}
  - {call: http.request, with: {url: "` + upstream.URL + `/own", headers: {traceparent: mine}}}
  - forEach: "${1..6}"
    do: [{call: lambda.invoke, with: {functionName: f}}]
  - {call: lambda.listFunctions}
`)}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	c := newCollector(t)
	sent, flush := sending(t, c, nil)
	server, err := serve.New(t.Context(), serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: reg, Observer: sent.Observer()})
	if err != nil {
		t.Fatal(err)
	}
	const trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	req := httptest.NewRequest(http.MethodPost, "/go", http.NoBody)
	req.Header.Set("traceparent", "00-"+trace+"-"+span+"-01")
	req.Header.Set("tracestate", "vendor=1")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, req)
	if w.Code >= 300 {
		t.Fatal(w.Code, w.Body)
	}
	flush()
	root := named(t, c.taken(), "run t")
	if hex.EncodeToString(root.GetTraceId()) != trace || hex.EncodeToString(root.GetParentSpanId()) != span ||
		root.GetKind() != traces.Span_SPAN_KIND_SERVER || attrs(root.GetAttributes())["faas.trigger"] != "http" {
		t.Error("the run does not stand below its caller:", root)
	}
	if len(heads) != 9 {
		t.Fatalf("%d requests", len(heads))
	}
	attempts := map[string]bool{}
	for _, s := range c.taken() {
		attempts[hex.EncodeToString(s.GetSpanId())] = s.GetKind() == traces.Span_SPAN_KIND_CLIENT
	}
	parts := strings.Split(heads[0].Get("Traceparent"), "-")
	if len(parts) != 4 || parts[1] != trace || !attempts[parts[2]] || parts[3] != "01" || heads[0].Get("Tracestate") != "vendor=1" {
		t.Error("http.request hands on", heads[0])
	}
	if got := heads[1].Get("Traceparent"); got != "mine" {
		t.Error("what the step says is replaced by", got)
	}
	for _, h := range heads[2:8] {
		rest, ok := strings.CutPrefix(h.Get("X-Amzn-Trace-Id"), "Root=1-"+trace[:8]+"-"+trace[8:]+";Parent=")
		parent, _, _ := strings.Cut(rest, ";")
		if !ok || !strings.HasSuffix(rest, ";Sampled=1") || !attempts[parent] {
			t.Error("lambda.invoke hands on", h)
		}
	}
	if got := heads[8].Get("X-Amzn-Trace-Id") + heads[8].Get("Traceparent"); got != "" {
		t.Error("lambda.listFunctions hands on", got)
	}
	if strings.Contains(c.raw.String(), "in-the-query") {
		t.Error("a query is in what was sent")
	}
}
