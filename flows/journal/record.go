package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// kind says what a record holds.
type kind byte

const (
	kindBegin    kind = 'b' // an attempt that changes something begins
	kindResult   kind = 'r' // an attempt gave a result
	kindWithheld kind = 'w' // an attempt gave a result that may not be stored
	kindFailure  kind = 'f' // an attempt failed
	kindTime     kind = 't' // somebody asked for the time of a branch that had no record; at is when it started
	kindSleep    kind = 's' // a wait begins; until says when it ends
	kindAwait    kind = 'a' // a wait for a signal begins; operation is its name, body its key; until says when it runs out, 0 for never
	kindGiven    kind = 'g' // the wait got the signal, which is kept beside the records
	kindRanOut   kind = 'u' // the wait ran out
	kindDeadline kind = 'd' // a time limit begins; until says when it ends
	kindStop     kind = 'p' // the branch was found to be stopped, when it asked for the count-th time
	kindJoin     kind = 'j' // a fork stops: with branch index, or -1, and count had been started; body lists those that have won and failed, where some are enough
	kindFold     kind = 'o' // iterations index to count-1 of a loop have ended; body is what they leave
	kindEnd      kind = 'e' // the run ended
)

// record is one thing that happened in a run. The records of one scope are in
// the order in which its branch made them; those of a run in the order in
// which they were written.
type record struct {
	scope     string // "" for the run, "/0.17" for branch 17 of its first fork
	kind      kind
	path      string
	operation string
	started   int64 // nanoseconds since 1970, of attempts
	at        int64
	until     int64
	count     int64 // of a result byType, or 0
	index     int64
	cause     runtime.Cause
	sealed    bool
	body      []byte // a value, or a sealed one
	whole     []byte // ends with the body, behind room for all else; nil where there is none

	seq   int64 // its number in the run, of one that was read
	taken bool  // it was read back
	// settled is true for what one iteration came to on another runtime: it stands
	// beside the scopes.
	settled bool
	trace   *trace // takes its number when it is written
	spans   []span // the records that a fold stands for, when it was read
	nth     int    // of those of its scope that were read back
	// stood is what it is stored with, where a planning gave it another place.
	stood *record
}

// keepPlace keeps what the record is stored with.
func (r *record) keepPlace() {
	if r.stood == nil {
		stored := *r
		r.stood = &stored
	}
}

// stored is the record with the place that it is stored with.
func (r *record) stored() *record {
	if r.stood != nil {
		return r.stood
	}
	return r
}

// byType is the count of a result in which the type says what is secret: no other
// secret of the run stood in it.
const byType = 1

const sumSize = 8

// checksum covers the place of a blob as well: one that ends up in another row
// does not count.
func checksum(run string, seq int64, data []byte) []byte {
	var sum [sumSize]byte
	return appendChecksum(sum[:0], run, seq, data)
}

func withSum(run string, seq int64, data []byte) []byte {
	return appendChecksum(data, run, seq, data)
}

// appendChecksum takes no memory of its own: the hash stays on the stack.
func appendChecksum(dst []byte, run string, seq int64, data []byte) []byte {
	h := sha256.New()
	var place [96]byte // where the data stands; more than a UUID needs
	h.Write(append(append(binary.AppendVarint(place[:0], seq), run...), 0))
	h.Write(data)
	var sum [sha256.Size]byte
	return append(dst, h.Sum(sum[:0])[:sumSize]...)
}

var errChecksum = errors.New("the checksum is wrong")

func checkSum(run string, seq int64, data []byte) ([]byte, error) {
	if len(data) < sumSize {
		return nil, wire.ErrTruncated
	}
	data, sum := data[:len(data)-sumSize], data[len(data)-sumSize:]
	if !bytes.Equal(sum, checksum(run, seq, data)) {
		return nil, errChecksum
	}
	return data, nil
}

// setBody encodes a value, with room for all that stands around it in the
// record: a large one is copied just once.
func (r *record) setBody(scope string, v any) error {
	room := headSize + len(scope) + len(r.path) + len(r.operation) + len(r.cause)
	text, err := wire.Append(make([]byte, room, room+wire.Room(v)+sumSize), v)
	if err != nil {
		return err
	}
	r.whole, r.body = text, text[room:]
	return nil
}

// headSize is the most that the head of a record takes beside its texts: a kind
// and flags, four lengths and five numbers.
const headSize = 2 + (4+5)*binary.MaxVarintLen64

// encode returns the record as it is stored, with room for its checksum. It may
// share the body's memory.
func (r *record) encode() []byte {
	var few [256]byte
	head := r.appendHead(few[:0])
	if at := len(r.whole) - len(r.body) - len(head); at >= 0 && r.whole != nil {
		copy(r.whole[at:], head)
		return r.whole[at:]
	}
	dst := append(make([]byte, 0, len(head)+len(r.body)+sumSize), head...)
	return append(dst, r.body...)
}

func (r *record) appendHead(dst []byte) []byte {
	flags := byte(0)
	if r.sealed {
		flags = 1
	}
	dst = append(dst, byte(r.kind), flags)
	for _, text := range [...]string{r.scope, r.path, r.operation, string(r.cause)} {
		dst = wire.AppendText(dst, text)
	}
	for _, n := range [...]int64{r.started, r.at, r.until, r.count, r.index} {
		dst = binary.AppendVarint(dst, n)
	}
	return dst
}

func decodeRecord(run string, seq int64, data []byte) (*record, error) {
	src, err := checkSum(run, seq, data)
	if err != nil {
		return nil, err
	}
	r := wire.NewReader(src)
	rec := &record{kind: kind(r.Byte())}
	rec.sealed = r.Byte() == 1
	rec.scope, rec.path, rec.operation, rec.cause = r.Text(), r.Text(), r.Text(), runtime.Cause(r.Text())
	for _, n := range []*int64{&rec.started, &rec.at, &rec.until, &rec.count, &rec.index} {
		*n = r.Varint()
	}
	if rec.seq = seq; rec.kind == kindFold {
		rec.spans = readSpans(r, seq)
	}
	rec.body = r.Rest()
	if _, known := kindNames.Get()[rec.kind]; !known {
		r.Fail(fmt.Errorf("unknown kind %q", rec.kind))
	}
	if r.Err() != nil {
		return nil, fmt.Errorf("not a record: %w", r.Err())
	}
	return rec, nil
}
