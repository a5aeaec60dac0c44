package lambdasvc

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// chunkSize is how large the parts of an answer are that comes at once.
const chunkSize = 64 << 10

// invokeStream is InvokeWithResponseStream: the answer as a stream of events.
func (l *API) invokeStream(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	in, err := readInvoke(c)
	if err != nil {
		return nil, err
	}
	switch in.kind {
	case "Event":
		return nil, service.InvalidMember(in.kind, "invocationType", "Member must satisfy enum value set: [RequestResponse, DryRun]")
	case "DryRun":
		_, err := l.target(ref)
		return service.Answer{Status: http.StatusNoContent}, err
	}
	switch _, isDurable, err := l.pinned(ref); {
	case err != nil:
		return nil, err
	case isDurable:
		return nil, service.Invalid("A durable function cannot be invoked with a response stream.")
	}
	stream := newEventWriter()
	in.stream = func(_ string, part []byte) error { return stream.chunk(part) }
	p, err := l.begin(ref, in, c.RequestID)
	if err != nil {
		return nil, err
	}
	header := http.Header{"Content-Type": {"application/vnd.amazon.eventstream"}}
	header.Set("X-Amzn-Remapped-Content-Type", "application/octet-stream")
	header.Set("X-Amz-Executed-Version", p.config.Version)
	return service.Answer{Status: http.StatusOK, Header: header, Stream: func(w io.Writer) bool {
		stream.to(w)
		out, err := l.run(p)
		stream.complete(p.invocation, out, err, in.tail)
		return true
	}}, nil
}

// eventWriter writes the events of an answer.
type eventWriter struct {
	w       io.Writer
	encoder *eventstream.Encoder
}

func newEventWriter() *eventWriter { return &eventWriter{encoder: eventstream.NewEncoder()} }

func (e *eventWriter) to(w io.Writer) { e.w = w }

func (e *eventWriter) event(kind, contentType string, payload []byte) error {
	m := eventstream.Message{Payload: payload}
	m.Headers.Set(":message-type", eventstream.StringValue("event"))
	m.Headers.Set(":event-type", eventstream.StringValue(kind))
	m.Headers.Set(":content-type", eventstream.StringValue(contentType))
	var frame bytes.Buffer
	if err := e.encoder.Encode(&frame, m); err != nil {
		return err
	}
	if _, err := e.w.Write(frame.Bytes()); err != nil {
		return err
	}
	if f, ok := e.w.(http.Flusher); ok {
		f.Flush()
	}
	return nil
}

func (e *eventWriter) chunk(part []byte) error {
	return e.event("PayloadChunk", "application/octet-stream", part)
}

// complete writes what has not been streamed and the last event. The client
// may have gone; then nobody misses them.
func (e *eventWriter) complete(in invocation, out outcome, err error, tail bool) {
	last := struct {
		ErrorCode    string `json:",omitempty"`
		ErrorDetails string `json:",omitempty"`
		LogResult    string `json:",omitempty"`
	}{}
	switch {
	case err != nil:
		last.ErrorCode, last.ErrorDetails = service.AsAPIError(err).Code, service.AsAPIError(err).Message
	case out.functionError != "":
		last.ErrorCode, last.ErrorDetails = failureType(out), string(out.payload)
	case !out.streamed:
		for rest := out.payload; len(rest) > 0; {
			n := min(len(rest), chunkSize)
			if e.chunk(rest[:n]) != nil {
				return
			}
			rest = rest[n:]
		}
	}
	if tail {
		last.LogResult = base64.StdEncoding.EncodeToString(logTail(in, out))
	}
	text, _ := json.Marshal(last) // texts always encode
	_ = e.event("InvokeComplete", "application/json", text)
}

// failureType is the errorType of a failed function.
func failureType(out outcome) string {
	var told struct {
		ErrorType string `json:"errorType"`
	}
	switch {
	case json.Unmarshal(out.payload, &told) == nil && told.ErrorType != "":
		return told.ErrorType
	case out.failure != "":
		return out.failure
	}
	return out.functionError
}
