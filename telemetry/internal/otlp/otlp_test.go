package otlp

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/telemetry/internal/watch"
)

var sender = &Sender{
	Resource: []watch.Attr{{Key: "service.name", Text: "s"}, {Key: "process.pid", Number: 7, Type: watch.Integer}},
	Scope:    "scope", Version: "v1",
}

func spans() []*watch.Span {
	at := time.Unix(1700000000, 123456789)
	plain := &watch.Span{Trace: [16]byte{1, 2}, ID: [8]byte{3}, Flags: 1, Start: at, End: at, Shape: watch.Shape{Kind: watch.Internal, Subject: "plain"}}
	full := &watch.Span{
		Trace: [16]byte{0xff, 15: 1}, ID: [8]byte{7: 9}, Parent: [8]byte{1}, Flags: 3, State: "a=b,c=d", Remote: true,
		Shape: watch.Shape{Kind: watch.Client, Doing: watch.Undoes, Subject: "lambda.invoke \"ü\" \x01"}, Run: "v", Start: at, End: at.Add(time.Hour), Failed: true,
		Rare: &watch.Rare{
			Message: strings.Repeat("long ", 100),
			Links:   []connector.Trace{connector.NewTrace([16]byte{5}, [8]byte{6}, 1, "x=y"), {Parent: "none"}},
			Notes:   []watch.Note{{Name: "retry", At: at, Attrs: [3]watch.Attr{{Key: "n", Number: 1 << 40, Type: watch.Integer}, {}, {Key: "why", Text: "T"}}}},
		},
	}
	return []*watch.Span{plain, full}
}

func record() *Record {
	return &Record{
		At: time.Unix(1700000000, 5), Severity: 13, Level: "warn", Body: "said", Trace: [16]byte{1}, Span: [8]byte{2},
		Attrs: []watch.Attr{
			{Key: "yes", Number: 1, Type: watch.Boolean},
			{Key: "no", Type: watch.Boolean},
			{Key: "less", Number: -3, Type: watch.Integer},
			{Key: "part", Number: int64(math.Float64bits(0.25)), Type: watch.Fraction},
			{Key: "none", Text: ""},
		},
	}
}

// What is written is read by OpenTelemetry's own types, and both forms say the same.
func TestSpansAreOTLP(t *testing.T) {
	var inProto, inJSON traces.TracesData
	read(t, &inProto, &inJSON, func(f Form) []byte {
		body := make([]byte, sender.Room())
		known := &Templates{}
		for _, s := range spans() {
			at := len(body)
			for range 3 { // by no template, by one that is made, and by that
				again := f.Span(nil, s, known)
				if body = f.Span(body[:at], s, nil); string(again) != string(body[at:]) {
					t.Errorf("a span by a template is %q, without %q", again, body[at:])
				}
			}
		}
		return f.Spans(sender, body)
	})
	group := inProto.GetResourceSpans()[0]
	if group.GetSchemaUrl() != Schema || group.GetResource().GetAttributes()[0].GetValue().GetStringValue() != "s" || group.GetScopeSpans()[0].GetScope().GetName() != "scope" {
		t.Errorf("the frame is %v", group)
	}
	got := group.GetScopeSpans()[0].GetSpans()
	if len(got) != 2 {
		t.Fatalf("%d spans", len(got))
	}
	want := spans()[1]
	s := got[1]
	attrs := map[string]string{}
	for _, a := range s.GetAttributes() {
		attrs[a.GetKey()] = a.GetValue().GetStringValue()
	}
	switch {
	case hex.EncodeToString(s.GetTraceId()) != hex.EncodeToString(want.Trace[:]), hex.EncodeToString(s.GetParentSpanId()) != "0100000000000000":
		t.Error("the ids are others", s)
	case s.GetName() != want.Name(), s.GetTraceState() != "a=b,c=d", s.GetKind() != traces.Span_SPAN_KIND_CLIENT:
		t.Error("the head is another", s)
	case s.GetEndTimeUnixNano()-s.GetStartTimeUnixNano() != uint64(time.Hour):
		t.Error("the times are others", s)
	case s.GetStatus().GetCode() != traces.Status_STATUS_CODE_ERROR, s.GetStatus().GetMessage() != want.Message():
		t.Error("the status is another", s)
	case len(s.GetLinks()) != 1 || s.GetLinks()[0].GetTraceState() != "x=y" || s.GetLinks()[0].GetFlags() != 0x301:
		t.Error("the links are others", s)
	case len(s.GetEvents()) != 1 || len(s.GetEvents()[0].GetAttributes()) != 2 || s.GetEvents()[0].GetAttributes()[0].GetValue().GetIntValue() != 1<<40:
		t.Error("the events are others", s)
	case s.GetFlags() != 0x303 || got[0].GetFlags() != 0x101:
		t.Error("the flags are others", s)
	case attrs["medlar.run.id"] != "v" || len(attrs) != 1:
		t.Error("the attributes are others", s)
	}
}

func TestRecordsAreOTLP(t *testing.T) {
	var inProto, inJSON logs.LogsData
	read(t, &inProto, &inJSON, func(f Form) []byte {
		return f.Records(sender, f.Record(f.Record(make([]byte, sender.Room()), record()), &Record{At: time.Unix(1, 0), Body: "plain"}))
	})
	got := inProto.GetResourceLogs()[0].GetScopeLogs()[0].GetLogRecords()
	if len(got) != 2 {
		t.Fatalf("%d records", len(got))
	}
	r := got[0]
	values := r.GetAttributes()
	switch {
	case r.GetBody().GetStringValue() != "said", r.GetSeverityNumber() != logs.SeverityNumber_SEVERITY_NUMBER_WARN, r.GetSeverityText() != "warn":
		t.Error("the head is another", r)
	case len(r.GetTraceId()) != 16 || len(r.GetSpanId()) != 8 || len(got[1].GetTraceId()) != 0:
		t.Error("the ids are others", r)
	case !values[0].GetValue().GetBoolValue() || values[2].GetValue().GetIntValue() != -3 || values[3].GetValue().GetDoubleValue() != 0.25:
		t.Error("the attributes are others", r)
	}
}

// read has both forms of a request read.
func read(t *testing.T, inProto, inJSON proto.Message, request func(f Form) []byte) {
	t.Helper()
	if err := proto.Unmarshal(request(Protobuf), inProto); err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(request(JSON), &v); err != nil {
		t.Fatalf("%v\n%s", err, request(JSON))
	}
	text, err := json.Marshal(inBase64(v))
	if err != nil {
		t.Fatal(err)
	}
	if err := protojson.Unmarshal(text, inJSON); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if diff := cmp.Diff(inProto, inJSON, protocmp.Transform()); diff != "" {
		t.Errorf("the forms differ (-protobuf +JSON):\n%s", diff)
	}
}

// inBase64 writes ids as protobuf's JSON has bytes: OTLP has them in hexadecimal.
func inBase64(v any) any {
	switch x := v.(type) {
	case []any:
		for i := range x {
			x[i] = inBase64(x[i])
		}
	case map[string]any:
		for name, inner := range x {
			if text, ok := inner.(string); ok && (name == "traceId" || strings.HasSuffix(strings.ToLower(name), "spanid")) {
				raw, _ := hex.DecodeString(text)
				x[name] = base64.StdEncoding.EncodeToString(raw)
				continue
			}
			x[name] = inBase64(inner)
		}
	}
	return v
}

func TestRejected(t *testing.T) {
	for _, tt := range []struct {
		name   string
		form   Form
		answer string
		want   int64
	}{
		{"nothing", Protobuf, "", 0},
		{"some", Protobuf, "\x0a\x02\x08\x05", 5},
		{"some with a message", Protobuf, "\x0a\x07\x08\x03\x12\x03why", 3},
		{"fields that are not known", Protobuf, "\x11\x01\x02\x03\x04\x05\x06\x07\x08\x1d\x01\x02\x03\x04\x0a\x02\x08\x05", 5},
		{"a page", Protobuf, "<html>", 0},
		{"cut off", Protobuf, "\x0a\x7f\x08", 0},
		{"less than nothing", Protobuf, "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0},
		{"nothing in JSON", JSON, "{}", 0},
		{"spans as a text", JSON, `{"partialSuccess":{"rejectedSpans":"4","errorMessage":"why"}}`, 4},
		{"records as a number", JSON, `{"partialSuccess":{"rejectedLogRecords":2}}`, 2},
		{"a page in JSON", JSON, "<html>", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.form.Rejected([]byte(tt.answer)); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
