package journal

import (
	"bytes"
	"testing"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// FuzzOpenSignal: whatever stands in the table of signals, it is read as values that
// are stored as they were, or refused. Checksums are right here, as if somebody had made
// them so.
func FuzzOpenSignal(f *testing.F) {
	keys, err := ParseKeys("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	if err != nil {
		f.Fatal(err)
	}
	id := SignalID{"r", "/review/approval", "o-1"}
	for _, secret := range []bool{false, true} {
		text, err := blob(map[string]any{"approved": true, "by": "ada", "n": int64(1), "list": []any{nil, 1.5}}, keys, secret, id.about())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte{})
	f.Add([]byte{inClear})
	f.Add([]byte{isSealed, 1, 2, 3})
	f.Fuzz(func(t *testing.T, src []byte) {
		j := &Journal{keys: keys}
		values, err := j.openSignal(&StoredSignal{SignalID: id, Data: withSum(id.about(), 0, bytes.Clone(src))})
		if err != nil {
			return
		}
		text, err := blob(values, keys, false, id.about())
		if err != nil {
			t.Fatalf("what was read is not stored again: %v", err)
		}
		again, err := j.openSignal(&StoredSignal{SignalID: id, Data: withSum(id.about(), 0, text)})
		if err != nil {
			t.Fatalf("what was stored again is not read: %v", err)
		}
		first, _ := wire.Encode(values)
		second, _ := wire.Encode(again)
		if !bytes.Equal(first, second) || !runtime.SameSignal(values, again) && runtime.SameSignal(values, values) {
			t.Errorf("read again they are others: %v, %v", values, again)
		}
		other := SignalID{"r", "/review/approval", "o-2"}
		if _, err := j.openSignal(&StoredSignal{SignalID: other, Data: withSum(id.about(), 0, text)}); err == nil {
			t.Error("they are read under another key")
		}
	})
}
