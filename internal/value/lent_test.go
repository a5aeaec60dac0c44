package value

import (
	"bytes"
	"strings"
	"testing"
)

// lent returns a payload in lent memory, and that.
func lentPayload(t *testing.T, l *Lender, text string) (*Payload, *Lent) {
	t.Helper()
	m := l.Lend(int64(len(text)))
	if m == nil {
		t.Fatalf("no memory for %d bytes", len(text))
	}
	b := m.Bytes(int64(len(text)))
	copy(b, text)
	p := NewPayload(b).(*Payload)
	p.Lend(m)
	return p, m
}

func long(begin string) string { return begin + strings.Repeat(" ", leastLent+1) }

func TestSizesOfLentMemory(t *testing.T) {
	var l Lender
	for n, lends := range map[int64]bool{
		-1: false, 0: false, leastLent: false, leastLent + 1: true, 64 << 10: true, 64<<10 + 1: true, mostLent: true, mostLent + 1: false,
	} {
		m := l.Lend(n)
		if (m != nil) != lends {
			t.Errorf("%d bytes: %v", n, m)
		}
		if m == nil {
			continue
		}
		if b := m.Bytes(n); int64(len(b)) != n || int64(cap(b)) != n {
			t.Errorf("%d bytes: %d of %d", n, len(b), cap(b))
		}
		if over := int64(len(m.memory)) - n; over < 0 || over >= lentPage {
			t.Errorf("%d bytes have %d more", n, over)
		}
	}
}

// Memory is given back where nobody can have it, and never elsewhere.
func TestMemoryIsGivenBack(t *testing.T) {
	const valid = `{"a": [1, "text"], "b": {"c": "more"}}`
	for name, tt := range map[string]struct {
		text  string
		use   func(*Payload)
		given bool
	}{
		"nobody":                         {valid, func(*Payload) {}, true},
		"somebody who decoded it":        {valid, func(p *Payload) { p.Value() }, true},
		"somebody who decoded text":      {"text", func(p *Payload) { p.Value() }, true},
		"somebody who decoded bytes":     {"\xff", func(p *Payload) { p.Value() }, false},
		"somebody who took the bytes":    {valid, func(p *Payload) { p.Bytes() }, false},
		"somebody who sends it on":       {valid, func(p *Payload) { _, _ = EncodePayload(p) }, false},
		"somebody who sends on a copy":   {valid, func(p *Payload) { _, _ = EncodePayload([]any{p}) }, true},
		"somebody who asked what it is":  {valid, func(p *Payload) { p.IsJSONDocument() }, true},
		"somebody who looked":            {valid, func(p *Payload) { l, _ := p.Look(); l, _ = l.Member("b"); l.Value() }, true},
		"a borrower":                     {valid, func(p *Payload) { p.Borrow() }, false},
		"a borrower who is through":      {valid, func(p *Payload) { p.Borrow(); p.Return() }, true},
		"one of two borrowers":           {valid, func(p *Payload) { p.Borrow(); p.Borrow(); p.Return() }, false},
		"somebody who may keep it":       {valid, func(p *Payload) { p.Keep() }, false},
		"somebody who keeps a value":     {valid, func(p *Payload) { Keep(map[string]any{"a": []any{int64(1), p}}) }, false},
		"somebody who keeps other value": {valid, func(*Payload) { Keep([]any{payload("[1]"), (*Payload)(nil), nil}) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			var l Lender
			text := long(tt.text)
			p, m := lentPayload(t, &l, text)
			tt.use(p)
			raw := m.Bytes(int64(len(text)))
			if given := p.GiveBack(true); given != tt.given {
				t.Fatalf("given back: %v", given)
			}
			if !tt.given {
				if string(p.Bytes()) != text || p.IsLent() {
					t.Error("the payload has changed, or is still lent")
				}
				return
			}
			if !bytes.Equal(raw, make([]byte, len(raw))) {
				t.Error("the memory is not cleared")
			}
			if p.GiveBack(true) || len(p.Bytes()) > 0 || p.IsJSON() || p.Value() != "" || p.IsLent() {
				t.Error("the payload is not empty, or is given back twice")
			}
			if _, ok := p.Look(); ok {
				t.Error("one can look into an empty payload")
			}
		})
	}
}

// A payload takes no memory that it does not stand in.
func TestOnlyOwnMemoryIsLent(t *testing.T) {
	var l Lender
	p := payload(long("[1]"))
	p.Lend(l.Lend(int64(len(p.raw))))
	p.Lend(nil)
	if p.IsLent() || p.GiveBack(false) {
		t.Error("memory of others is given back")
	}
	if lent, _ := lentPayload(t, &l, long("[1]")); !lent.IsLent() || !lent.Holds(lent.raw) || lent.Holds(p.raw) || lent.Holds(nil) {
		t.Error("a payload does not know its memory")
	}
	if empty := (&Payload{}); empty.Holds(nil) {
		t.Error("nothing is held")
	}
}

func TestPlainWhole(t *testing.T) {
	var deep any = payload("[1]")
	for range MaxDepth {
		deep = []any{deep}
	}
	if _, whole := PlainWhole(deep); !whole {
		t.Error("what nests as deep as it may is not whole")
	}
	if _, whole := PlainWhole([]any{deep}); whole {
		t.Error("a payload is left")
	}
	Keep([]any{deep}) // ends
}
