package journal

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/internal/value"
)

// The kinds of changes in the tail.
const (
	tailBegin  = 'b'
	tailRecord = 'r'
	tailEnd    = 'e'
)

// tailName is what the checksum of a row stands for beside its number.
const tailName = "tail"

// encodeTail writes changes as a row of the tail has them.
func (st *statements) encodeTail(changes []Change) ([]byte, error) {
	dst := st.encoded[:0]
	for _, c := range changes {
		switch c := c.(type) {
		case BeginRun:
			dst = appendTexts(append(dst, tailBegin), c.ID, c.Flow, string(c.Digest), string(c.Start))
			dst = binary.AppendVarint(dst, nanosOf(c.Started))
			dst = binary.AppendVarint(dst, int64(len(c.Labels)))
			for _, name := range value.SortedKeys(c.Labels) {
				dst = appendTexts(dst, name, c.Labels[name])
			}
		case AddRecord:
			dst = wire.AppendText(append(dst, tailRecord), c.RunID)
			dst = wire.AppendText(binary.AppendVarint(dst, c.Number), c.Data)
		case EndRun:
			dst = appendTexts(append(dst, tailEnd), c.RunID, string(c.State), c.Failure.Code, c.Failure.Class, c.Failure.Step, c.Failure.Message)
			dst = binary.AppendVarint(dst, nanosOf(c.Ended))
		default:
			return nil, fmt.Errorf("a change that does not belong into the tail: %T", c)
		}
	}
	st.encoded = withSum(tailName, st.tail.last+1, dst)
	return st.encoded, nil
}

func appendTexts(dst []byte, texts ...string) []byte {
	for _, text := range texts {
		dst = wire.AppendText(dst, text)
	}
	return dst
}

// ErrTail is the error of a journal of whose latest transactions one cannot be read: what
// follows it could belong to the same runs. Whoever runs runs on it is refused; [Inspect]
// shows what was there before. [Repair] goes on without what is damaged.
var ErrTail = errors.New("what was written last is damaged; take a copy from before, or see what runs repair can keep")

// decodeTail reads a row of the tail.
func decodeTail(n int64, data []byte) (changes []Change, err error) {
	src, err := checkSum(tailName, n, data)
	if err != nil {
		return nil, fmt.Errorf("%w: row %d: %w", ErrTail, n, err)
	}
	r := wire.NewReader(src)
	for len(r.Rest()) > 0 && r.Err() == nil {
		switch kind := r.Byte(); kind {
		case tailBegin:
			changes = append(changes, readTailBegin(r))
		case tailRecord:
			c := AddRecord{RunID: r.Text(), Number: r.Varint()}
			c.Data = []byte(r.Text())
			changes = append(changes, c)
		case tailEnd:
			c := EndRun{RunID: r.Text(), State: State(r.Text())}
			c.Failure.Code, c.Failure.Class, c.Failure.Step, c.Failure.Message = r.Text(), r.Text(), r.Text(), r.Text()
			c.Ended = timeOf(r.Varint())
			changes = append(changes, c)
		default:
			r.Fail(fmt.Errorf("unknown change %q", kind))
		}
	}
	if r.Err() != nil {
		return nil, fmt.Errorf("%w: row %d: %w", ErrTail, n, r.Err())
	}
	return changes, nil
}

func readTailBegin(r *wire.Reader) BeginRun {
	var c BeginRun
	c.ID, c.Flow, c.State = r.Text(), r.Text(), Running
	c.Digest, c.Start = []byte(r.Text()), []byte(r.Text())
	c.Started = timeOf(r.Varint())
	for n := r.Varint(); n > 0 && r.Err() == nil; n-- {
		if c.Labels == nil {
			c.Labels = map[string]string{}
		}
		name := r.Text()
		c.Labels[name] = r.Text()
	}
	return c
}
