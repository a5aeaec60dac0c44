package direct

import (
	"bytes"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/medlar-flow/medlar/internal/value"
)

// mostAtOnce is the longest payload that is taken into a buffer of its own
// size; nobody has to believe a Content-Length. Lambda answers at most 6 MB.
const mostAtOnce = 8 << 20

// read reads a response. Its payload has lent memory where the caller wants that.
func (f *form) read(resp *http.Response, m *Memory) (out reflect.Value, metadata middleware.Metadata, err error) {
	var lent *value.Lent
	if m != nil {
		lent = f.lender.Lend(resp.ContentLength)
	}
	payload, err := payloadOf(resp, lent)
	_ = resp.Body.Close()
	if err != nil {
		return out, metadata, &smithy.DeserializationError{Err: err}
	}
	if m != nil {
		m.Answer = lent
	}
	out = emptied(&f.outputs, f.output).Elem()
	for i := range f.results {
		h := &f.results[i]
		if values := resp.Header[h.name]; len(values) > 0 {
			*out.Field(h.field).Addr().Interface().(**string) = h.text(values[0], f.bare)
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

// text returns a pointer to the text of a header. Many answers have the same one, so that
// it is shared where nobody can change it.
func (h *formHeader) text(value string, shared bool) *string {
	if !shared || len(value) > mostShared {
		return pointer(value)
	}
	if latest := h.latest.Load(); latest != nil && *latest == value {
		return latest
	}
	kept := pointer(strings.Clone(value)) // it is a part of its response
	h.latest.Store(kept)
	return kept
}

// pointer returns a pointer to a text; whoever does not call it needs no memory for one.
func pointer(text string) *string { return &text }

// mostShared is how long a text may be that is kept, in bytes.
const mostShared = 64

// emptied returns a pointer to a zero structure that nobody has.
func emptied(pool *sync.Pool, typ reflect.Type) reflect.Value {
	if used := pool.Get(); used != nil {
		return reflect.ValueOf(used)
	}
	return reflect.New(typ.Elem())
}

// takeBack keeps a structure for others that nobody has any more.
func takeBack(pool *sync.Pool, typ reflect.Type, used any) {
	if v := reflect.ValueOf(used); v.Type() == typ {
		v.Elem().SetZero()
		pool.Put(used)
	}
}

// NewInput returns an *Input for Do, which takes it back: where the caller keeps it, it
// makes one itself.
func (o *Operation) NewInput() any {
	if p := o.plan.Load(); p != nil && p.form != nil {
		return emptied(&p.form.inputs, p.form.input).Interface()
	}
	return reflect.New(reflect.TypeOf(o.in).Elem()).Interface()
}

// Done takes back what Do gave, which nobody has any more.
func (o *Operation) Done(out any) {
	if p := o.plan.Load(); p != nil && p.form != nil {
		takeBack(&p.form.outputs, p.form.output, out)
	}
}

// payloadOf reads the body to its end, into the lent memory where there is some.
func payloadOf(resp *http.Response, lent *value.Lent) ([]byte, error) {
	if n := resp.ContentLength; n >= 0 && n <= mostAtOnce {
		var payload []byte
		if lent != nil {
			payload = lent.Bytes(n)
		} else {
			payload = make([]byte, n)
		}
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
