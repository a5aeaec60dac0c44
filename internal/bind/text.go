package bind

import (
	"errors"
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
)

// part is a literal or an expression of mixed text.
type part struct {
	literal string
	expr    *expression
}

// rendered is what a part of a text gives: text, or a stretch of the bytes that
// all parts share.
type rendered struct {
	text     string
	from, to int
}

func (p *Program) joinText(v Vars) (any, *EvalError) {
	var few [8]rendered
	var raw []byte
	pieces, size := few[:0], 0
	for i := range p.parts {
		one := rendered{text: p.parts[i].literal}
		if x := p.parts[i].expr; x != nil {
			var fault *EvalError
			if one, raw, fault = x.render(v, p.text, raw); fault != nil {
				return nil, fault
			}
		}
		pieces, size = append(pieces, one), size+len(one.text)
		if size+len(raw) > maxProduced {
			return nil, p.tooLong(i)
		}
	}
	var out strings.Builder
	out.Grow(size + len(raw))
	for i := range pieces {
		out.WriteString(pieces[i].text)
		out.Write(raw[pieces[i].from:pieces[i].to])
	}
	return out.String(), nil
}

// tooLong is the error of a text that is too long with a part.
func (p *Program) tooLong(i int) *EvalError {
	err := &EvalError{Message: errLongText.Error()}
	if x := p.parts[i].expr; x != nil {
		err.Offset, err.Length = x.off, x.len
	}
	return err
}

// render evaluates an expression for its place in text, which is what it gives
// or stands at the end of raw.
func (x *expression) render(v Vars, text string, raw []byte) (rendered, []byte, *EvalError) {
	value, fault := x.eval(v)
	if fault != nil {
		if fault.Length == 0 {
			fault.Offset, fault.Length = x.off, x.len
		}
		return rendered{}, nil, fault
	}
	value = opened(value)
	if text, ok := value.(string); ok {
		return rendered{text: text}, raw, nil
	}
	if raw == nil {
		raw = make([]byte, 0, 96) // so that few texts have it grow
	}
	from := len(raw)
	raw, err := appendText(raw, value)
	if err != nil {
		return rendered{}, nil, &EvalError{Offset: x.off, Length: x.len, Message: x.describe(text) + " " + err.Error()}
	}
	return rendered{from: from, to: len(raw)}, raw, nil
}

// describe names an expression by its source.
func (x *expression) describe(text string) string {
	const most = 60
	src := strings.TrimSpace(text[x.off : x.off+x.len])
	if len(src) > most {
		src = strings.ToValidUTF8(src[:most], "") + "…"
	}
	return "${" + src + "}"
}

var (
	errLongText  = fmt.Errorf("the text has more than %d MiB", maxProduced>>20)
	errNullText  = errors.New("is null, which text cannot hold: add ?? ''")
	errBytesText = errors.New("is bytes, which text cannot hold: use base64(...), or ?? '' where there are none")
)

// appendText writes v as it stands in text: numbers in their shortest form,
// lists and maps as compact JSON. Null and bytes have no text.
func appendText(dst []byte, v any) ([]byte, error) {
	if out, ok := value.AppendScalar(dst, v); ok {
		return out, nil
	}
	switch v.(type) {
	case nil:
		return dst, errNullText
	case []byte:
		return dst, errBytesText
	}
	out, err := value.AppendJSONWithin(dst, v, maxProduced)
	switch {
	case errors.Is(err, value.ErrLong):
		return dst, fmt.Errorf("has more than %d MiB as JSON", maxProduced>>20)
	case err != nil:
		return dst, errors.New("cannot be written as JSON")
	}
	return out, nil
}
