package value

import (
	"bytes"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// Payload is what a service answered, kept as the bytes that came until
// somebody wants to know what they hold. Passing it on costs nothing and loses
// nothing: white space, the order of keys and the spelling of numbers stay.
// It is safe for concurrent use.
//
// Payloads stand among the values of a run that moves them; Normalize, Convert
// and EncodeJSON put what they hold in their place, but for Fields that say
// Payload. Programs that embed flows therefore do not meet them, unless they
// call an operation themselves: Plain decodes what that gave.
type Payload struct {
	raw   []byte
	lent  *Lent         // what raw stands in; nil for memory of its own
	known atomic.Uint32 // what is known of it; it only grows
	looks atomic.Int32  // how often somebody looked into it
	mu    sync.Mutex    // held while more is found out
	value any           // once it is decoded
}

// What may be known of a payload.
const (
	isChecked uint32 = 1 << iota
	isJSON
	isSimple // see checkJSON
	isDecoded
)

// NewPayload keeps raw, which nobody changes from then on. It gives nil for no
// bytes and for JSON's null, else a *Payload: one is never null.
func NewPayload(raw []byte) any {
	if len(raw) == 0 || string(bytes.Trim(raw, " \t\r\n")) == "null" {
		return nil
	}
	return &Payload{raw: raw}
}

// DecodeLater is DecodeJSON, but that it gives a *Payload for an object or a list of
// which it is certain that decoding it gives no error. Nobody changes raw from then on.
func DecodeLater(raw []byte) (any, error) {
	if !opensBracket(raw) {
		return DecodeJSON(raw)
	}
	valid, simple := checkJSON(raw)
	switch {
	case !valid:
		return decodeOther(raw, 0) // which says what is wrong
	case !simple:
		return decodeKnown(raw, 0)
	}
	p := &Payload{raw: raw}
	p.known.Store(isChecked | isJSON | isSimple)
	return p, nil
}

// Bytes returns the bytes as they came. Nobody changes them.
func (p *Payload) Bytes() []byte {
	p.Keep()
	return p.raw
}

// IsJSON reports whether the bytes are JSON text, which is looked at once. Its
// value may still be one that has no place in a flow, such as 1e999.
func (p *Payload) IsJSON() bool {
	known := p.known.Load()
	if known&isChecked == 0 {
		p.mu.Lock()
		defer p.mu.Unlock()
		known = p.checked()
	}
	return known&isJSON != 0
}

// checked finds out whether the bytes are JSON. Its caller holds mu.
func (p *Payload) checked() uint32 {
	known := p.known.Load()
	if known&isChecked != 0 {
		return known
	}
	known |= isChecked
	if valid, simple := checkJSON(p.raw); valid {
		known |= isJSON
		if simple {
			known |= isSimple
		}
	}
	p.known.Store(known)
	return known
}

// IsJSONDocument is IsJSON for text that is one object or list.
func (p *Payload) IsJSONDocument() bool { return opensBracket(p.raw) && p.IsJSON() }

// Value returns what the bytes hold: JSON decoded as DecodeJSON does it, else
// text, else the bytes. They are decoded once, however often and by whomever
// it is called; the value is shared, so nobody changes it.
func (p *Payload) Value() any {
	if p.known.Load()&isDecoded != 0 {
		return p.value
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.checked(); known&isDecoded == 0 {
		p.value = p.decoded(known&isJSON != 0)
		p.known.Store(known | isDecoded)
	}
	return p.value
}

func (p *Payload) decoded(isJSON bool) any {
	if isJSON {
		if v, err := decodeKnown(p.raw, 0); err == nil {
			return v
		}
	}
	if utf8.Valid(p.raw) {
		return string(p.raw)
	}
	return p.Bytes()
}

// Plain returns v with what they hold in the place of payloads, and v itself
// where it holds none.
func Plain(v any) any {
	plain, _ := PlainWhole(v)
	return plain
}

// PlainWhole is Plain, and reports whether no payload is left: values that nest too
// deep for anybody to use them stay as they are there.
func PlainWhole(v any) (plain any, whole bool) {
	var p plainer
	plain = p.at(v, 0)
	return plain, !p.stopped
}

// plainer puts what they hold in the place of payloads.
type plainer struct{ stopped bool }

func (p *plainer) at(v any, depth int) any {
	if depth > MaxDepth {
		p.stopped = true
		return v
	}
	switch x := v.(type) {
	case *Payload:
		return x.Value()
	case []any:
		return p.list(x, depth+1)
	case map[string]any:
		return p.mapping(x, depth+1)
	default:
		return v
	}
}

// list copies only where an element changes: values are shared.
func (p *plainer) list(list []any, depth int) []any {
	out := list
	for i, v := range list {
		n := p.at(v, depth)
		if Same(v, n) {
			continue
		}
		if &out[0] == &list[0] {
			out = slices.Clone(list)
		}
		out[i] = n
	}
	return out
}

func (p *plainer) mapping(m map[string]any, depth int) map[string]any {
	var out map[string]any
	for k, v := range m {
		n := p.at(v, depth)
		if Same(v, n) {
			continue
		}
		if out == nil {
			out = maps.Clone(m)
		}
		out[k] = n
	}
	if out == nil {
		return m
	}
	return out
}

// EncodePayload is EncodeJSON for what is sent on: payloads that are JSON are
// written as they came, alone or inside of v.
func EncodePayload(v any) ([]byte, error) {
	if p, ok := v.(*Payload); ok && p != nil && p.IsJSON() {
		return p.Bytes(), nil
	}
	return jsonWriter{asCame: true}.append(make([]byte, 0, room+sizeOf(v, 2)), v, 0)
}

// sizeOf is what the payloads and texts take that stand near the top of v, so
// that answers that are put together are copied only once.
func sizeOf(v any, levels int) (size int) {
	switch x := v.(type) {
	case *Payload:
		if x != nil {
			size = len(x.raw)
		}
	case string:
		size = len(x)
	case []any:
		for i := 0; i < len(x) && levels > 0; i++ {
			size += sizeOf(x[i], levels-1)
		}
	case map[string]any:
		if levels == 0 {
			return 0
		}
		for _, member := range x {
			size += sizeOf(member, levels-1)
		}
	}
	return size
}
