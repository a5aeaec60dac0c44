package interp

import (
	"cmp"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/textproto"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// Answer makes what the caller of a route is told of the end of the run; nil for
// a run that no route began, and for one that did not end. out is the output as
// it is.
func (x *execution) Answer(out any, failure *report.RunError, now time.Time) *report.Answer {
	t := x.program.Trigger(x.config.Event.Trigger)
	if t == nil || t.Path == "" && t.Tool == nil || failure != nil && failure.Code == runtime.CodeInterrupted {
		return nil
	}
	if failure != nil {
		failure = x.secrets.failure(failure)
	}
	r := t.responseFor(failure)
	if r == nil && failure != nil {
		return report.ProblemOf(x.id, failure).Answer()
	}
	if r == nil {
		r = &Response{}
	}
	a, err := r.make(x, value.Plain(out), failure, now)
	if err != nil {
		// The run ended as it did; what cannot be said of it is a mistake of the flow.
		a = report.Problem{Status: http.StatusInternalServerError, Code: report.AnswerFailed, Class: connector.ClassInternal, Run: x.id}.Answer()
		a.Err = errors.New(x.secrets.text(err.Error()))
		return a
	}
	a.Secret = t.AnswerSecret
	return a
}

// responseFor chooses what to say; nil for the usual.
func (t *Trigger) responseFor(failure *report.RunError) *Response {
	for _, r := range t.Respond {
		if r.Failure == (failure != nil) && (failure == nil || r.takes(failure)) {
			return r
		}
	}
	return nil
}

func (r *Response) takes(failure *report.RunError) bool {
	return len(r.On) == 0 || failure.Matches(r.On)
}

// make evaluates the parts of an answer.
func (r *Response) make(x *execution, out any, failure *report.RunError, now time.Time) (*report.Answer, error) {
	a := &report.Answer{Status: http.StatusOK, Headers: map[string]string{}}
	if failure != nil {
		a.Status = report.StatusOf(failure)
	}
	body := out
	var vars triggerVars
	if r.evaluates() {
		vars = triggerVars{slots: map[int]any{OutputSlot: out}, ctx: x.inputs, run: x.value(), now: now, seen: x.secrets}
		if failure != nil {
			vars.slots[OutputSlot], vars.slots[FailureSlot] = nil, failure.Value()
		}
	}
	if r.Status != nil {
		v, err := evalWith(r.Status, vars)
		if err == nil {
			a.Status, err = statusOf(v)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := r.headers(a, x, vars); err != nil {
		return nil, err
	}
	switch {
	case r.Body != nil:
		v, err := evalWith(r.Body, vars)
		if err != nil {
			return nil, err
		}
		body = x.unseen(r.Body, v)
	case failure != nil && noBody(a.Status):
		return a, nil
	case failure != nil:
		usual := report.ProblemOf(x.id, failure)
		usual.Status = a.Status
		a.Body = usual.Answer().Body
		if a.Headers["Content-Type"] == "" {
			a.Headers["Content-Type"] = report.ProblemType
		}
		return a, nil
	default:
		body = x.shownOutput(body)
	}
	return a, encodeBody(a, body)
}

// evaluates reports whether anything of the answer is another than the usual one.
func (r *Response) evaluates() bool { return r.Status != nil || r.Headers != nil || r.Body != nil }

// shownOutput hides what the run has seen of secrets in what of an output is not
// secret by its type.
func (x *execution) shownOutput(out any) any { return x.secrets.besides(out, x.program.OutputType) }

// unseen hides secrets in the parts of a value whose expressions do not say that they
// show one: what a service echoed is nothing that the flow's author meant, whatever
// stands beside it.
func (x *execution) unseen(of Value, v any) any {
	list, isList := of.(ListValue)
	given, whole := v.([]any)
	if !isList || !whole || len(list) != len(given) {
		return x.secrets.besides(v, Taint(of, nil))
	}
	shown := make([]any, len(given))
	for i, item := range given {
		shown[i] = x.unseen(list[i], item)
	}
	return shown
}

// besides returns a value without the secrets, but for the parts that a type marks.
func (r *redactor) besides(v any, f *schema.Field) any {
	if v == nil || f == nil || !f.HasSecret() {
		return r.value(v)
	}
	if f.Secret {
		return v
	}
	switch x := v.(type) {
	case *value.Payload:
		return r.besides(x.Value(), f)
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, member := range x {
			out[r.text(name)] = r.besides(member, cmp.Or(f.Members.Field(name), f.Elem))
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = r.besides(item, f.Elem)
		}
		return out
	default:
		return r.value(v)
	}
}

// ShowsSecret reports whether a value shows a secret by its type.
func ShowsSecret(v Value) bool { return Taint(v, nil) != nil }

// StatusField is what the status of an answer is.
var StatusField = func() *schema.Field {
	least, most := 200.0, 599.0
	return &schema.Field{Type: schema.Integer, Required: true, Minimum: &least, Maximum: &most}
}()

func statusOf(v any) (int, error) {
	converted, err := StatusField.Convert(v)
	if err != nil {
		return 0, fmt.Errorf("respond.status: %w", err)
	}
	n, ok := converted.(int64)
	if !ok {
		return 0, errors.New("respond.status is null")
	}
	return int(n), nil
}

// headers makes the headers of an answer. One that is null is left out, and so is one
// that no header can hold: the run is done, and its caller is told so.
func (r *Response) headers(a *report.Answer, x *execution, vars triggerVars) error {
	if r.Headers == nil {
		return nil
	}
	for i, name := range r.Headers.Keys {
		v, err := evalWith(r.Headers.Items[i], vars)
		if err != nil {
			return err
		}
		if v == nil || v == omitted {
			continue
		}
		converted, err := KeyField.Convert(x.unseen(r.Headers.Items[i], v))
		text, ok := converted.(string)
		if err != nil || !ok || !headerValue(text) {
			a.Err = errors.Join(a.Err, fmt.Errorf("respond.headers.%s is no text of one line, and is left out", name))
			continue
		}
		a.Headers[textproto.CanonicalMIMEHeaderKey(name)] = text
	}
	return nil
}

// headerValue reports whether a text can be the value of a header.
func headerValue(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// noBody are the statuses that have no body.
func noBody(status int) bool {
	return status == http.StatusNoContent || status == http.StatusNotModified
}

// encodeBody writes a body: as JSON, unless the answer's Content-Type says
// something else and the body is text or bytes.
func encodeBody(a *report.Answer, body any) error {
	given := a.Headers["Content-Type"]
	switch {
	case noBody(a.Status):
		return nil
	case body == nil && given == "":
		if a.Status == http.StatusOK {
			a.Status = http.StatusNoContent
		}
		return nil
	case given != "" && !isJSON(given):
		switch b := body.(type) {
		case string:
			a.Body = []byte(b)
			return nil
		case []byte:
			a.Body = b
			return nil
		case nil:
			return nil
		}
		return fmt.Errorf("respond.body is no text and no bytes, which %s needs", given)
	}
	text, err := value.EncodeJSON(body)
	if err != nil {
		return fmt.Errorf("respond.body: %w", err)
	}
	if given == "" {
		a.Headers["Content-Type"] = "application/json"
	}
	a.Body = append(text, '\n')
	return nil
}

// isJSON reports whether a media type is one of JSON.
func isJSON(media string) bool {
	name, _, err := mime.ParseMediaType(media)
	return err == nil && (name == "application/json" || strings.HasSuffix(name, "+json"))
}
