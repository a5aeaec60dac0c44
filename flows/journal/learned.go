package journal

import (
	"bytes"
	"reflect"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// learned hides in what is read back what was encrypted when it was stored. A run knows
// its secrets, and so finds one in what a service says; a reading has no secrets, and
// all that it knows is that such a result was encrypted. So what stands in one is hidden
// wherever the reading comes to it again, but for what stands in the program itself.
type learned struct {
	files map[string]any
	also  func(text string) // finds a text in other forms, such as base64

	mu    sync.Mutex      // branches are read beside each other
	parts map[string]bool // of texts, of learnedPart bytes
	whole map[string]bool // texts
	bytes int
	full  bool // there was too much to keep: nothing is known to be plain
}

const (
	learnedPart = 8 // the least that a run looks for itself
	leastShort  = 3
	mostLearned = 128 << 10 // bytes
	mostTexts   = 1000
)

// learn keeps the texts below a value that was encrypted. The caller holds the lock.
func (l *learned) learn(v any) {
	switch x := v.(type) {
	case map[string]any:
		for name, member := range x {
			l.text(name)
			l.learn(member)
		}
	case []any:
		for _, item := range x {
			l.learn(item)
		}
	case nil, bool:
	default:
		l.text(textOf(x))
	}
}

// begins keeps of the inputs what is shown otherwise than it is.
func (l *learned) begins(s *start) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.differing(s.inputs, s.shown)
}

func (l *learned) differing(v, shown any) {
	inner, ok := v.(map[string]any)
	of, both := shown.(map[string]any)
	if !ok || !both {
		if !reflect.DeepEqual(v, shown) {
			l.learn(v)
		}
		return
	}
	for name, member := range inner {
		l.differing(member, of[name])
	}
}

func (l *learned) text(text string) {
	if l.parts == nil {
		l.parts, l.whole = map[string]bool{}, map[string]bool{}
	}
	if l.full || len(text) < leastShort || l.whole[text] {
		return
	}
	if l.bytes += len(text); l.bytes > mostLearned || len(l.whole) == mostTexts {
		l.full = true
		return
	}
	l.whole[text] = true
	for i := 0; i+learnedPart <= len(text); i++ {
		l.parts[text[i:i+learnedPart]] = true
	}
	if len(text) >= learnedPart && !l.tells(text) {
		l.also(text)
	}
}

// textOf returns what is no list and no map as a text has it.
func textOf(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case []byte:
		return string(x)
	case *value.Payload:
		return string(x.Bytes())
	}
	text, err := value.EncodeJSON(v)
	if err != nil {
		return ""
	}
	return strings.Trim(string(text), `"`)
}

// tells reports whether a text stands in the program.
func (l *learned) tells(text string) bool {
	for _, file := range l.files {
		if file, ok := file.([]byte); ok && bytes.Contains(file, []byte(text)) {
			return true
		}
	}
	return false
}

// hidden returns a value without what was learned.
func (l *learned) hidden(v any) any {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.without(v)
}

func (l *learned) without(v any) any {
	if len(l.whole) == 0 && !l.full {
		return v
	}
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, member := range x {
			out[l.hiddenText(name)] = l.without(member)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = l.without(item)
		}
		return out
	case nil, bool:
		return v
	}
	text := textOf(v)
	clean := l.hiddenText(text)
	if clean == text {
		return v
	}
	if _, ok := v.(string); ok {
		return clean
	}
	return schema.Masked
}

func (l *learned) hiddenText(text string) string {
	switch {
	case (l.full || l.whole[text]) && !l.tells(text):
		return schema.Masked
	case l.full:
		return text
	}
	var out strings.Builder
	kept := 0 // text before it is written, or hidden
	for i := 0; i+learnedPart <= len(text); i++ {
		part := text[i : i+learnedPart]
		if !l.parts[part] || l.tells(part) {
			continue
		}
		if i > kept || i == 0 {
			out.WriteString(text[kept:i])
			out.WriteString(schema.Masked)
		}
		kept = i + learnedPart
	}
	out.WriteString(text[kept:])
	return out.String()
}

// record keeps what a record holds that was encrypted. Of a failure that is what it
// says, not what it is; what a type marks as secret is followed by the program.
func (l *learned) record(rec *record, v any) {
	if l == nil || !rec.sealed || rec.kind == kindResult && rec.count == byType {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if rec.kind == kindFailure {
		m, _ := v.(map[string]any)
		v = []any{m["message"], m["details"], m["cause"], m["causedBy"]}
	}
	l.learn(v)
}

// signal keeps what a signal brought that was encrypted.
func (l *learned) signal(kept *StoredSignal, values map[string]any) {
	body, err := checkSum(kept.about(), 0, kept.Data)
	if l == nil || err != nil || len(body) == 0 || body[0] != isSealed {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.learn(values)
}
