package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// identify names the run that a request begins, where the request is known by
// something, and says what tells it from others of its identity. byID is true where the
// trigger's id says what it is known by.
func (r *Route) identify(s *Start, req *Request, e flows.TriggerEvent) (byID bool, no *Refusal) {
	flow, trigger := r.Flow.Name(), r.Trigger.Name
	own, err := r.Trigger.Identity(e)
	if err != nil {
		return false, r.unfit(err, e)
	}
	key, p := keyOf(req.Header)
	switch {
	case p != nil:
		return false, refusal(p)
	case own != "":
		key = ""
		s.Run = RunName(flow, trigger, "id", own)
	case req.Caller.Event != "":
		key = ""
		s.Run = RunName(flow, trigger, "event", req.Caller.Event)
	case key != "":
		s.Run = RunName(flow, trigger, "key", string(req.Caller.ID), key)
	case req.Caller.Message != "":
		s.Run = RunName(flow, trigger, "message", req.Caller.Message)
	}
	s.Digest = r.digest(req, key)
	return own != "", nil
}

// WithInputs adds what an event gives the flow to what tells it from others, for events
// that are known by a trigger's id: one that is sent again with another time, or another
// count of its deliveries, is the same to the flow where it takes neither. Inputs with a
// secret are not added, which could be guessed from their hash, nor are those with a text
// that is no UTF-8: as JSON two of them can be one.
func WithInputs(digest []byte, flow *flows.Flow, inputs map[string]any) []byte {
	for _, f := range flow.Inputs().Fields() {
		if f.HasSecret() {
			return digest
		}
	}
	if !isUTF8(inputs) {
		return digest
	}
	text, err := value.EncodeJSON(inputs)
	if err != nil {
		return digest
	}
	return append(slices.Clip(digest), Hash("inputs", string(text))...)
}

// isUTF8 reports whether all texts in a value are.
func isUTF8(v any) bool {
	switch x := v.(type) {
	case string:
		return utf8.ValidString(x)
	case []any:
		return !slices.ContainsFunc(x, func(v any) bool { return !isUTF8(v) })
	case map[string]any:
		for name, member := range x {
			if !utf8.ValidString(name) || !isUTF8(member) {
				return false
			}
		}
	}
	return true
}

// Same reports whether two events of one identity are one event, by their digests: they
// came with the same bytes, or give the flow the same.
func Same(a, b []byte) bool {
	for i := range 2 {
		if one := digestOf(a, i); one != nil && bytes.Equal(one, digestOf(b, i)) {
			return true
		}
	}
	return bytes.Equal(a, b)
}

// digestOf returns one of the hashes that a digest is made of; nil for none.
func digestOf(digest []byte, i int) []byte {
	if len(digest) < (i+1)*sha256.Size {
		return nil
	}
	return digest[i*sha256.Size : (i+1)*sha256.Size]
}

// digest tells a request from another one with its key.
func (r *Route) digest(req *Request, key string) []byte {
	h := hashing{buf: make([]byte, 0, 256+len(req.Raw))}
	add(&h, "event")
	h.size(len(r.Flow.Name()) + 1 + len(r.Trigger.Name))
	h.buf = append(append(append(h.buf, r.Flow.Name()...), 0), r.Trigger.Name...)
	add(&h, key)
	h.json(req.Path)
	h.json(req.Query)
	add(&h, req.Raw)
	return h.sum()
}

// RunName is the name of the run that an identity begins.
func RunName(parts ...string) string {
	sum := Hash(append([]string{"run"}, parts...)...)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20]))
}

// Hash returns what tells a list of texts from all others.
func Hash(parts ...string) []byte {
	var h hashing
	for _, part := range parts {
		add(&h, part)
	}
	return h.sum()
}

// hashing is what is hashed, in one piece: each part after its length.
type hashing struct{ buf []byte }

func (h *hashing) size(n int) { h.buf = binary.BigEndian.AppendUint64(h.buf, uint64(n)) }

func add[T string | []byte](h *hashing, part T) {
	h.size(len(part))
	h.buf = append(h.buf, part...)
}

// json adds what a request has by name, most often nothing.
func (h *hashing) json(m map[string]any) {
	if m != nil && len(m) == 0 {
		add(h, "{}")
		return
	}
	text, _ := value.EncodeJSON(m)
	add(h, text)
}

func (h *hashing) sum() []byte {
	sum := sha256.Sum256(h.buf)
	return sum[:]
}

const codeBadKey = "BadKey"

// keyOf returns the key that a request is to be known by: "x" and x are one. In quotes
// it may hold any sign of ASCII, a quote as \" and a backslash as \\ (RFC 9651).
func keyOf(h http.Header) (string, *report.Problem) {
	const name, most = "Idempotency-Key", 255
	list := h[name]
	if len(list) == 0 {
		return "", nil
	}
	refuse := func(detail string) (string, *report.Problem) {
		p := bad(codeBadKey, detail, "send one "+name+" of 1 to 255 letters, digits and signs")
		return "", p
	}
	key, inQuotes := unquoted(strings.TrimSpace(list[0]))
	switch {
	case len(list) > 1:
		return refuse(name + " is given twice")
	case key == "" || len(key) > most:
		return refuse(name + " is empty or too long")
	case strings.ContainsFunc(key, func(r rune) bool {
		return r < ' ' || r > '~' || !inQuotes && (r == ' ' || r == '"' || r == ',')
	}):
		return refuse(name + " holds what no key has")
	}
	return key, nil
}

// unquoted takes the quotes from a text, and the backslashes before those in it. ok is
// false where it stands in none, and the text is returned as it is.
func unquoted(text string) (key string, ok bool) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text, false
	}
	inner := text[1 : len(text)-1]
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch {
		case inner[i] == '"':
			return text, false
		case inner[i] == '\\' && i+1 < len(inner) && (inner[i+1] == '"' || inner[i+1] == '\\'):
			i++
		case inner[i] == '\\' && i+1 == len(inner): // it takes the quote at the end with it
			return text, false
		}
		b.WriteByte(inner[i])
	}
	return b.String(), true
}
