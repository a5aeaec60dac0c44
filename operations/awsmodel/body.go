package awsmodel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

func saveToField() *schema.Field {
	return &schema.Field{
		Name: saveToParameter, Type: schema.String,
		Description: "A file below the folder that the program was started in: the body is written there and not given. " +
			"It appears when it is whole.",
	}
}

// streamOut returns the member of the result that is a stream.
func (o *operation) streamOut() (name string, ok bool) {
	p := o.protocol()
	if p == nil {
		return "", false
	}
	return p.StreamsOut()
}

// openBody opens what is to be sent as a stream. What is returned closes it.
func (call *call) openBody() (closeBody func(), err error) {
	none := func() {}
	p := call.op.protocol()
	if p == nil {
		return none, errors.New("the protocol of this service is not spoken")
	}
	name, ok := p.StreamsIn()
	if !ok {
		return none, nil
	}
	switch x := call.params[spelled(name)].(type) {
	case nil:
		return none, nil
	case []byte:
		call.body = bytes.NewReader(x)
	case string:
		call.body = bytes.NewReader([]byte(x))
	default:
		text, err := value.EncodeJSON(x)
		if err != nil {
			return none, err
		}
		call.body = bytes.NewReader(text)
	}
	return none, nil
}

// readStream reads the body of an answer, into the result or, where to is not
// nil, into a file. How it ends is a *streamError, unless the file cannot be
// written or the body is too large.
func (call *call) readStream(to *target) error {
	defer func() { _ = call.stream.Close() }()
	name, _ := call.op.streamOut()
	sum := sumOf(call.result)
	from := &counted{Reader: call.stream}
	body := io.Reader(from)
	if sum != nil {
		body = io.TeeReader(body, sum.hash)
	}
	if to != nil {
		if err := to.restart(); err != nil {
			return err
		}
		if _, err := io.Copy(to, body); err != nil {
			return from.ended(err)
		}
		call.result[capital(name)] = nil
	} else {
		data, err := io.ReadAll(&bounded{ReadCloser: io.NopCloser(body), left: most})
		if err != nil {
			return from.ended(err)
		}
		call.result[capital(name)] = data
	}
	if sum != nil {
		if err := sum.check(); err != nil {
			return &streamError{err, from.n}
		}
	}
	if to != nil {
		return to.keep()
	}
	return nil
}

// counted counts what is read.
type counted struct {
	io.Reader
	n      int64
	failed error
}

// Read reads.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.failed = err
	}
	return n, err
}

// ended words the end of a body before it was whole.
func (c *counted) ended(err error) error {
	switch {
	case errors.Is(err, errLarge):
		return &connector.Error{
			Code: "ResponseTooLarge", Class: connector.ClassQuota, Outcome: connector.OutcomeUnknown, Err: err,
			Message: errLarge.Error() + "; saveTo writes it to a file",
		}
	case c.failed != nil:
		return &streamError{c.failed, c.n}
	}
	return err
}

// streamError says that a body broke off, or is damaged, after so many bytes.
type streamError struct {
	err error
	n   int64
}

func (e *streamError) Error() string { return e.err.Error() }
func (e *streamError) Unwrap() error { return e.err }

// public returns the error as a step sees it.
func (e *streamError) public(ctx context.Context, effect connector.Effect) error {
	var out connector.Error
	if own := (*connector.Error)(nil); errors.As(e.err, &own) {
		out = *own
	} else if ctx.Err() != nil {
		return awsapi.Error(ctx, e.err, effect)
	} else {
		out = connector.Error{
			Code: "BrokenAnswer", Class: connector.ClassUnavailable, Outcome: connector.OutcomeUnknown, Err: e.err,
			Message: fmt.Sprintf("the body of the answer broke off after %d bytes", e.n),
		}
	}
	if effect == connector.EffectReadOnly {
		out.Outcome = connector.OutcomeFailed
	}
	return &out
}
