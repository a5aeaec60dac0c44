package bind

import (
	"github.com/medlar-flow/medlar/internal/value"
)

// The functions of this file take members of what a payload holds without
// decoding all of it. They are not ok where only the whole value tells, also
// that there is no such member.

// lookInto takes the rest of a path.
func lookInto(x *value.Payload, segs []segment) (v any, ok bool) {
	at, ok := x.Look()
	for i := 0; ok && i < len(segs); i++ {
		if s := &segs[i]; s.kind == byName {
			at, ok = at.Member(s.name)
		} else {
			at, ok = at.Element(int64(s.index))
		}
	}
	return valueAt(at, ok)
}

func memberOf(x *value.Payload, name string) (v any, ok bool) {
	at, ok := x.Look()
	if ok {
		at, ok = at.Member(name)
	}
	return valueAt(at, ok)
}

func elementOf(x *value.Payload, i int64) (v any, ok bool) {
	at, ok := x.Look()
	if ok {
		at, ok = at.Element(i)
	}
	return valueAt(at, ok)
}

func valueAt(at value.Look, found bool) (v any, ok bool) {
	if !found {
		return nil, false
	}
	return at.Value()
}
