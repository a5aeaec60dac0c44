package agents

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/medlar-flow/medlar/internal/value"
)

// numbers has the numbers that name requests come back as they came: the library changes
// those that are no integers of 53 bits. Such numbers stand as texts in what it reads, with
// this in front, which nobody else knows.
type numbers string

func newNumbers() numbers { return numbers("number-" + rand.Text() + ":") }

// stand puts texts in the place of numbers that the library would change, and reports
// whether there were some.
func (n numbers) stand(members map[string]json.RawMessage) bool {
	changed := n.standFor(members, "id")
	params := map[string]json.RawMessage{}
	if json.Unmarshal(members["params"], &params) != nil {
		return changed
	}
	meta := map[string]json.RawMessage{}
	inside := n.standFor(params, "requestId")
	if json.Unmarshal(params["_meta"], &meta) == nil && n.standFor(meta, "progressToken") {
		if again, err := json.Marshal(meta); err == nil {
			params["_meta"], inside = again, true
		}
	}
	if !inside {
		return changed
	}
	if again, err := json.Marshal(params); err == nil {
		members["params"], changed = again, true
	}
	return changed
}

func (n numbers) standFor(members map[string]json.RawMessage, name string) bool {
	raw := members[name]
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') || isShort(raw) {
		return false
	}
	members[name] = json.RawMessage(`"` + string(n) + string(raw) + `"`)
	return true
}

// isShort reports whether a number is an integer that every program keeps.
func isShort(raw []byte) bool {
	digits := bytes.TrimPrefix(raw, []byte("-"))
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(digits) <= 15 && !(len(digits) < len(raw) && digits[0] == '0') // -0 is changed, too
}

// told returns what the library writes, with numbers as they came.
func (n numbers) told(text []byte) []byte {
	for begin := []byte(`"` + string(n)); ; {
		before, after, found := bytes.Cut(text, begin)
		raw, rest, ended := bytes.Cut(after, []byte(`"`))
		if !found || !ended {
			return text
		}
		text = bytes.Join([][]byte{before, raw, rest}, nil)
	}
}

// namedTwice returns a member of a value of JSON that an object in it has twice, at any
// depth; ok is false where there is none.
func namedTwice(text []byte) (name string, ok bool) {
	path, ok := value.FirstTwice(text)
	if ok {
		name, _ = path[len(path)-1].(string)
	}
	return name, ok
}

// twice says that a member is named twice.
func twice(name string) string {
	if len(name) > 64 {
		name = name[:64] + "…"
	}
	return fmt.Sprintf("an object of the message has two members %q: name each once", name)
}
