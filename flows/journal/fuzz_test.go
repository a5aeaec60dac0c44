package journal

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzDecodeRecord: whatever stands in a record, it is read as what was written,
// or refused. Checksums are right here, as if somebody had made them so.
func FuzzDecodeRecord(f *testing.F) {
	for _, rec := range []*record{
		{kind: kindResult, path: "/a", operation: "lambda.invoke", started: 1, at: 2, body: []byte("n")},
		{scope: "/0.17", kind: kindJoin, index: -1, count: 20, cause: "user"},
		{kind: kindFold, path: "/l", index: 0, count: 256, body: append(appendSpans(nil, []span{{1, 7}, {9, 9}}), 'm', 0)},
		{kind: kindBegin, sealed: true},
	} {
		f.Add(rec.encode())
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		const seq = 1000
		rec, err := decodeRecord("r", seq, withSum("r", seq, bytes.Clone(src)))
		if err != nil {
			return
		}
		if rec.kind == kindFold {
			rec.body = append(appendSpans(nil, rec.spans), rec.body...)
		}
		again, err := decodeRecord("r", seq, withSum("r", seq, rec.encode()))
		if err != nil {
			t.Fatalf("what was read is not read again: %v", err)
		}
		if rec.kind == kindFold {
			again.body = append(appendSpans(nil, again.spans), again.body...)
		}
		if diff := cmp.Diff(rec.encode(), again.encode()); diff != "" {
			t.Errorf("read again it is another one (-first +second):\n%s", diff)
		}
	})
}

// A record counts at its place only.
func TestRecordsHaveAPlace(t *testing.T) {
	data := withSum("r", 3, (&record{kind: kindResult, path: "/a"}).encode())
	if _, err := decodeRecord("r", 3, data); err != nil {
		t.Fatal(err)
	}
	for _, place := range []struct {
		run string
		seq int64
	}{{"r", 4}, {"q", 3}} {
		if _, err := decodeRecord(place.run, place.seq, data); err == nil {
			t.Errorf("record 3 of r is read as record %d of %s", place.seq, place.run)
		}
	}
}
