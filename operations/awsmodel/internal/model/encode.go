package model

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// Encode returns a service in its compact form: its texts, those used most
// first, and then everything else with numbers in their place.
func Encode(s *Service) []byte {
	counts := counter{}
	s.walk(counts)
	w := &writer{index: make(map[string]uint64, len(counts))}
	all := make([]string, 0, len(counts))
	for t := range counts {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b))
	})
	w.uvarint(uint64(len(all)))
	for i, t := range all {
		w.index[t] = uint64(i)
		w.uvarint(uint64(len(t)))
	}
	for _, t := range all {
		w.out = append(w.out, t...)
	}
	s.walk(w)
	return w.out
}

// counter counts the texts of a service.
type counter map[string]int

func (c counter) text(s *string)         { c[*s]++ }
func (counter) num(n int) int            { return n }
func (counter) members(int) []Member     { return nil }
func (counter) strings(int) []string     { return nil }
func (counter) float(*float64)           {}
func (counter) bits(given uint64) uint64 { return given }
func (counter) size(n int) (length int)  { return n }
func (counter) bad()                     {}

// writer writes a service.
type writer struct {
	out   []byte
	index map[string]uint64
}

func (w *writer) uvarint(n uint64) { w.out = binary.AppendUvarint(w.out, n) }

func (w *writer) text(s *string) { w.uvarint(w.index[*s]) }

func (w *writer) num(n int) int { w.uvarint(uint64(n)); return n }

func (w *writer) members(int) []Member { return nil }

func (w *writer) strings(int) []string { return nil }

// float writes whole numbers, which nearly all are, as such.
func (w *writer) float(f *float64) {
	if n := int64(*f); float64(n) == *f && n > -1<<53 && n < 1<<53 {
		w.out = binary.AppendUvarint(w.out, 0)
		w.out = binary.AppendVarint(w.out, n)
		return
	}
	w.out = binary.AppendUvarint(w.out, 1)
	w.out = binary.BigEndian.AppendUint64(w.out, math.Float64bits(*f))
}

func (w *writer) bits(given uint64) uint64 { w.uvarint(given); return given }

func (w *writer) size(n int) int { w.uvarint(uint64(n)); return n }

func (w *writer) bad() {}
