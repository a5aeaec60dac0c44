package direct

import (
	"bytes"
	"io"
	"net/http"
	"reflect"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// mostAtOnce is the longest payload that is taken into a buffer of its own
// size; nobody has to believe a Content-Length. Lambda answers at most 6 MB.
const mostAtOnce = 8 << 20

// read reads a response.
func (f *form) read(resp *http.Response) (out reflect.Value, metadata middleware.Metadata, err error) {
	payload, err := payloadOf(resp)
	_ = resp.Body.Close()
	if err != nil {
		return out, metadata, &smithy.DeserializationError{Err: err}
	}
	out = reflect.New(f.output.Elem()).Elem()
	for _, h := range f.results {
		if values := resp.Header[h.name]; len(values) > 0 {
			value := values[0]
			out.Field(h.field).Set(reflect.ValueOf(&value))
		}
	}
	if f.status >= 0 {
		out.Field(f.status).SetInt(int64(resp.StatusCode))
	}
	if f.answer >= 0 && len(payload) > 0 {
		out.Field(f.answer).SetBytes(payload)
	}
	if f.bare {
		return out, metadata, nil
	}
	id := first(resp.Header["X-Amzn-Requestid"])
	if id == "" {
		id = first(resp.Header["X-Amz-Requestid"])
	}
	if id != "" {
		awsmiddleware.SetRequestIDMetadata(&metadata, id)
	}
	return out, metadata, nil
}

// payloadOf reads the body to its end.
func payloadOf(resp *http.Response) ([]byte, error) {
	if n := resp.ContentLength; n >= 0 && n <= mostAtOnce {
		payload := make([]byte, n)
		if _, err := io.ReadFull(resp.Body, payload); err != nil {
			return nil, err
		}
		// The connection is free for others when the end was seen.
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return nil, err
		}
		return payload, nil
	}
	var payload bytes.Buffer
	_, err := payload.ReadFrom(resp.Body)
	return payload.Bytes(), err
}
