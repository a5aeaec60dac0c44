package model

import (
	"encoding/binary"
	"errors"
	"math"
)

var errForm = errors.New("no service in its compact form")

// Decode reads a service from its compact form. Its texts are parts of data.
func Decode(data string) (*Service, error) {
	r := &reader{data: data}
	if !r.readTexts() {
		return nil, errForm
	}
	s := &Service{}
	s.walk(r)
	if r.failed || r.at != len(r.data) || !s.sound() {
		return nil, errForm
	}
	return s, nil
}

// sound reports whether every reference has something to refer to.
func (s *Service) sound() bool {
	shape := func(i int) bool { return i >= 0 && i < len(s.Shapes) }
	for i := range s.Shapes {
		shp := &s.Shapes[i]
		if shp.Payload < None || shp.Payload >= len(shp.Members) || !shp.hasParts() {
			return false
		}
		for j := range shp.Members {
			if !shape(shp.Members[j].Shape) {
				return false
			}
		}
	}
	for i := range s.Operations {
		o := &s.Operations[i]
		if o.Input != None && !shape(o.Input) || o.Output != None && !shape(o.Output) {
			return false
		}
		for _, e := range o.Errors {
			if !shape(e) {
				return false
			}
		}
		if i > 0 && s.Operations[i-1].Name >= o.Name {
			return false
		}
	}
	return true
}

func (s *Shape) hasParts() bool {
	switch s.Kind {
	case Structure:
		return true
	case List:
		return len(s.Members) == 1
	case Map:
		return len(s.Members) == 2
	default:
		return len(s.Members) == 0
	}
}

// reader reads a service. Once something is wrong it gives nothing any more.
type reader struct {
	data   string
	at     int
	texts  []string
	failed bool

	moreMembers []Member
	moreStrings []string
}

func (r *reader) bad() { r.failed = true }

func (r *reader) uvarint() uint64 {
	var n uint64
	for shift := 0; shift < 64 && r.at < len(r.data) && !r.failed; shift += 7 {
		b := r.data[r.at]
		r.at++
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	r.bad()
	return 0
}

func (r *reader) readTexts() bool {
	n := r.size(0)
	lengths := make([]int, n)
	total := 0
	for i := range lengths {
		lengths[i] = r.num(0)
		total += lengths[i]
		if total > len(r.data) {
			return false
		}
	}
	if r.failed || total > len(r.data)-r.at {
		return false
	}
	r.texts = make([]string, n)
	for i, l := range lengths {
		r.texts[i] = r.data[r.at : r.at+l]
		r.at += l
	}
	return true
}

func (r *reader) text(s *string) {
	i := r.uvarint()
	if i >= uint64(len(r.texts)) {
		r.bad()
		return
	}
	*s = r.texts[i]
}

func (r *reader) num(int) int {
	v := r.uvarint()
	if v > math.MaxInt32 {
		r.bad()
		v = 0
	}
	return int(v)
}

// members returns room for members, made for many at once.
func (r *reader) members(n int) []Member { return room(&r.moreMembers, n) }

func (r *reader) strings(n int) []string { return room(&r.moreStrings, n) }

func room[T any](more *[]T, n int) []T {
	const atOnce = 512
	if n > atOnce {
		return make([]T, n)
	}
	if len(*more) < n {
		*more = make([]T, atOnce)
	}
	out := (*more)[:n:n]
	*more = (*more)[n:]
	return out
}

func (r *reader) float(f *float64) {
	if r.uvarint() == 0 {
		z := r.uvarint()
		*f = float64(int64(z>>1) ^ -int64(z&1))
		return
	}
	if len(r.data)-r.at < 8 {
		r.bad()
		return
	}
	*f = math.Float64frombits(binary.BigEndian.Uint64([]byte(r.data[r.at : r.at+8])))
	r.at += 8
}

func (r *reader) bits(uint64) uint64 { return r.uvarint() }

// size reads the length of a list, each of whose elements takes a byte at
// least: so no list is longer than what is left.
func (r *reader) size(int) int {
	n := r.uvarint()
	if r.failed || n > uint64(len(r.data)-r.at) {
		r.bad()
		return 0
	}
	return int(n)
}
