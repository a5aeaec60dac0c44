package operations_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"github.com/medlar-flow/medlar/connector"
)

// frame is one event of an answer that is streamed.
func frame(t *testing.T, kind, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	m := eventstream.Message{Payload: []byte(body)}
	m.Headers.Set(":message-type", eventstream.StringValue("event"))
	m.Headers.Set(":event-type", eventstream.StringValue(kind))
	m.Headers.Set(":content-type", eventstream.StringValue("application/json"))
	if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// An answer without its last event is none, and nobody knows what was done.
func TestPromiseStreamsEndWithTheirLastEvent(t *testing.T) {
	chunk, end := frame(t, "PayloadChunk", `{"half":`), frame(t, "InvokeComplete", `{}`)
	rest := frame(t, "PayloadChunk", ` 1}`)
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	tests := []struct {
		name   string
		body   []byte
		breaks bool // the connection, behind the body
		code   string
		came   any
	}{
		{"whole", join(chunk, rest, end), false, "", nil},
		{"a clean end", join(chunk), false, "IncompleteStream", `{"half":`},
		{"a lost connection", join(chunk), true, "IncompleteStream", `{"half":`},
		{"a cut frame", join(chunk, rest[:20]), false, "IncompleteStream", `{"half":`},
		{"a cut frame of a lost connection", join(chunk, rest[:20]), true, "IncompleteStream", `{"half":`},
		{"a cut last event", join(chunk, rest, end[:len(end)-2]), false, "IncompleteStream", `{"half": 1}`},
		{"nothing", nil, false, "IncompleteStream", nil},
		{"half a character", frame(t, "PayloadChunk", "gr\xc3"), false, "IncompleteStream", "gr"},
		{"no text", frame(t, "PayloadChunk", "\xff\xfe\x00\x01"), false, "IncompleteStream", []byte("\xff\xfe\x00\x01")},
	}
	for _, tt := range tests {
		for runtime := range runtimes {
			t.Run(tt.name+" "+runtime, func(t *testing.T) {
				e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
					w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
					w.WriteHeader(http.StatusOK)
					_, _ = w.Write(tt.body)
					_ = http.NewResponseController(w).Flush()
					if tt.breaks {
						reset(w)
					}
				})
				got := runFlow(t, runtime, awsFlow("{id: s, call: lambda.invokeWithResponseStream, with: {functionName: f}}"), e)
				if tt.code == "" {
					if got.err != nil {
						t.Fatal(got.err)
					}
					return
				}
				if got.err == nil || got.err.Code != tt.code || got.err.Outcome != connector.OutcomeUnknown || got.err.Requests != 1 {
					t.Fatalf("%+v, want %s of unknown outcome", got.err, tt.code)
				}
				came := got.err.Details["Payload"]
				if b, ok := came.([]byte); ok {
					came = string(b)
				}
				want := tt.came
				if b, ok := want.([]byte); ok {
					want = string(b)
				}
				if came != want {
					t.Errorf("what came is %q, want %q", came, want)
				}
			})
		}
	}
}
