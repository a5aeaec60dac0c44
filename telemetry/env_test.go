package telemetry_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/telemetry"
)

// Nothing is sent unless a variable asks for it, and what one says is followed or told.
func TestFromEnv(t *testing.T) {
	const base = "OTEL_EXPORTER_OTLP_ENDPOINT"
	type want struct {
		traces, logs string // URLs; empty for none
		problems     []string
	}
	both := want{traces: "http://c:4318/v1/traces", logs: "http://c:4318/v1/logs"}
	tests := []struct {
		name string
		env  env
		want want
	}{
		{"nothing", env{}, want{}},
		{"empty", env{base: " ", "OTEL_TRACES_EXPORTER": ""}, want{}},
		{"what asks for nothing", env{"OTEL_SERVICE_NAME": "s", "OTEL_TRACES_SAMPLER": "always_on", "OTEL_EXPORTER_OTLP_HEADERS": "a=b"}, want{}},
		{"an endpoint", env{base: "http://c:4318"}, both},
		{"an endpoint with a slash", env{base: "http://c:4318/"}, both},
		{"an endpoint with a path", env{base: "https://c/otlp"}, want{traces: "https://c/otlp/v1/traces", logs: "https://c/otlp/v1/logs"}},
		{"its own endpoint is as it is", env{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:1"}, want{traces: "http://c:1/"}},
		{"one of each", env{base: "http://c:4318", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://l:2/x"}, want{traces: "http://c:4318/v1/traces", logs: "http://l:2/x"}},
		{"an exporter without an endpoint", env{"OTEL_TRACES_EXPORTER": "otlp"}, want{traces: "http://localhost:4318/v1/traces"}},
		{"disabled", env{base: "http://c:4318", "OTEL_SDK_DISABLED": "TRUE"}, want{}},
		{"not disabled", env{base: "http://c:4318", "OTEL_SDK_DISABLED": "1"}, both},
		{"no traces", env{base: "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, want{logs: both.logs}},
		{"neither", env{base: "http://c:4318", "OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}, want{}},
		{"in capital letters", env{base: "http://c:4318", "OTEL_TRACES_EXPORTER": "OTLP", "OTEL_LOGS_EXPORTER": "None", "OTEL_EXPORTER_OTLP_PROTOCOL": "HTTP/Protobuf", "OTEL_EXPORTER_OTLP_COMPRESSION": "NONE", "OTEL_PROPAGATORS": "TraceContext"}, want{traces: both.traces}},
		{"an exporter that is not there", env{base: "http://c:4318", "OTEL_TRACES_EXPORTER": "zipkin"}, want{logs: both.logs, problems: []string{`OTEL_TRACES_EXPORTER="zipkin" is not possible`}}},
		{"one of two", env{base: "http://c:4318", "OTEL_TRACES_EXPORTER": "console, otlp"}, want{traces: both.traces, logs: both.logs, problems: []string{`"console"`}}},
		{"grpc", env{base: "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, want{problems: []string{
			`OTEL_EXPORTER_OTLP_PROTOCOL="grpc" is not possible, and no traces are sent`, "no logs are sent",
		}}},
		{"grpc for one", env{base: "http://c:4318", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc"}, want{logs: both.logs, problems: []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"}}},
		{"no URL", env{base: "c:4318"}, want{problems: []string{"is no URL such as", "is no URL such as"}}},
		{"wrong numbers", env{base: "http://c:4318", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "1s", "OTEL_BSP_MAX_QUEUE_SIZE": "0", "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "2"}, want{
			traces: both.traces, logs: both.logs, problems: []string{"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_TRACES_SAMPLER_ARG"},
		}},
		{"wrong words", env{base: "http://c:4318", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "zstd", "OTEL_TRACES_SAMPLER": "some", "OTEL_PROPAGATORS": "b3"}, want{
			traces: both.traces, logs: both.logs, problems: []string{"zstd", "OTEL_TRACES_SAMPLER=", "OTEL_PROPAGATORS"},
		}},
		{"wrong lists", env{base: "http://c:4318", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "k1-secret", "OTEL_RESOURCE_ATTRIBUTES": "a"}, want{
			traces: both.traces, logs: both.logs, problems: []string{"OTEL_EXPORTER_OTLP_TRACES_HEADERS is no list", "OTEL_RESOURCE_ATTRIBUTES is no list"},
		}},
		{"no certificates", env{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://c/", "OTEL_EXPORTER_OTLP_CERTIFICATE": "/none"}, want{problems: []string{"OTEL_EXPORTER_OTLP_CERTIFICATE names no file"}}},
		{"no key", env{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://c/", "OTEL_EXPORTER_OTLP_CLIENT_KEY": "/none"}, want{problems: []string{"and its key are no files"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, problems := telemetry.FromEnv(tt.env.lookup)
			got := want{}
			if c.Traces != nil {
				got.traces = c.Traces.URL
			}
			if c.Logs != nil {
				got.logs = c.Logs.URL
			}
			if got.traces != tt.want.traces || got.logs != tt.want.logs {
				t.Errorf("to %q and %q, want %q and %q", got.traces, got.logs, tt.want.traces, tt.want.logs)
			}
			if len(problems) != len(tt.want.problems) {
				t.Fatalf("the problems are %q", problems)
			}
			for i, p := range problems {
				if !strings.Contains(p, tt.want.problems[i]) || strings.Contains(p, "k1-secret") {
					t.Errorf("problem %q, want %q", p, tt.want.problems[i])
				}
			}
			if c.Traces == nil && c.Logs == nil && telemetry.New(c) != nil {
				t.Error("it sends nothing, and is there")
			}
		})
	}
}

// What a variable says is in the configuration.
func TestFromEnvReadsAll(t *testing.T) {
	c, problems := telemetry.FromEnv(env{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "http/protobuf",
		"OTEL_EXPORTER_OTLP_HEADERS": "Api-Key=a%2Cb , x=1", "OTEL_EXPORTER_OTLP_LOGS_HEADERS": "y=2",
		"OTEL_EXPORTER_OTLP_TIMEOUT": "1500", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
		"OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BSP_MAX_QUEUE_SIZE": "10", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "5", "OTEL_BLRP_MAX_QUEUE_SIZE": "7",
		"OTEL_SERVICE_NAME": "orders", "OTEL_RESOURCE_ATTRIBUTES": "service.name=other,team=a%20b", "OTEL_PROPAGATORS": "baggage",
	}.lookup)
	if problems != nil {
		t.Fatal(problems)
	}
	traces := &telemetry.Endpoint{
		URL: "http://c:4318/v1/traces", Headers: http.Header{"Api-Key": {"a,b"}, "X": {"1"}}, JSON: true, Gzip: true,
		Timeout: 1500 * time.Millisecond, Delay: 100 * time.Millisecond, Batch: 5, Queue: 10,
	}
	logs := &telemetry.Endpoint{URL: "http://c:4318/v1/logs", Headers: http.Header{"Y": {"2"}}, Gzip: true, Timeout: 1500 * time.Millisecond, Queue: 7}
	if !reflect.DeepEqual(c.Traces, traces) || !reflect.DeepEqual(c.Logs, logs) {
		t.Errorf("the endpoints are\n%+v\n%+v", c.Traces, c.Logs)
	}
	if diff := cmp.Diff(map[string]string{"service.name": "orders", "team": "a b"}, c.Resource); diff != "" {
		t.Error(diff)
	}
	if !c.NoPropagation {
		t.Error("the trace is handed on")
	}
}

// Requests have the headers that are said, and are compressed where that is said.
func TestRequests(t *testing.T) {
	c := newCollector(t)
	sent, flush := sending(t, c, func(config *telemetry.Config) {
		config.Traces.Headers, config.Traces.Gzip = http.Header{"Api-Key": {"k"}}, true
		config.Logs = nil
	})
	manyRuns(t, sent, 1)
	flush()
	if len(c.taken()) != 3 || c.requests() != 1 || c.heads[0].Get("Api-Key") != "k" || c.heads[0].Get("Content-Type") != "application/x-protobuf" {
		t.Errorf("%d spans in %d requests: %v", len(c.taken()), c.requests(), c.heads)
	}
	if sent.Lines() != nil {
		t.Error("log lines are sent")
	}
}

// A ratio chooses that part of the traces, by their ids.
func TestRatio(t *testing.T) {
	id := func(first byte) (id [16]byte) { id[8] = first; return id }
	for _, tt := range []struct {
		of    float64
		first byte
		want  bool
	}{{0, 0, false}, {0.5, 0x7f, true}, {0.5, 0x80, false}, {1, 0xff, true}, {0.25, 0x3f, true}, {0.25, 0x40, false}} {
		if got := telemetry.Ratio(tt.of)(id(tt.first), noCaller); got != tt.want {
			t.Errorf("%v of %x: %t", tt.of, tt.first, got)
		}
	}
}
