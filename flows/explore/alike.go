package explore

import (
	"cmp"
	"iter"
	"slices"
)

// mostWays bounds in how many ways one branch is looked at.
const mostWays = 1 << 10

// alike yields the ways how far alike items of a loop have come: which places
// any of them has reached, and not which of them. Those in front are further.
func (f *fork) alike(items []*branch, without *branch) iter.Seq[cut] {
	items = slices.Clone(items)
	slices.SortFunc(items, func(a, b *branch) int { return cmp.Compare(a.index, b.index) })
	ways := make([][]cut, len(items))
	for i, item := range items {
		for c := range cuts(item.parts) {
			if ways[i] = append(ways[i], c); len(ways[i]) == mostWays {
				break
			}
		}
	}
	most := f.limit // that are under way
	if without != nil {
		most--
	}
	return func(yield func(cut) bool) {
		if len(items) == 1 {
			for _, c := range ways[0] {
				if !yield(c) {
					return
				}
			}
			return
		}
		full := len(ways[0]) - 1
		for between := range subsets(full-1, min(most, len(items))) {
			for _, ends := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
				places := spread(len(items), between, full, ends[0], ends[1])
				if places == nil || !f.possible(items, places, full, without) {
					continue
				}
				var all cut
				for i, place := range places {
					all = append(all, ways[i][place]...)
				}
				if !yield(all) {
					return
				}
			}
		}
	}
}

// spread gives each item a place so that all of between are taken, the first one
// if some has not begun, the full one if some has ended, and no other; nil where
// that cannot be.
func spread(items int, between []int, full int, begin, end bool) []int {
	need := len(between)
	if begin {
		need++
	}
	if end {
		need++
	}
	if need == 0 || need > items {
		return nil
	}
	var places []int
	add := func(place, n int) {
		for range n {
			places = append(places, place)
		}
	}
	more := items - need
	if end {
		add(full, 1+more)
		more = 0
	}
	for _, place := range slices.Backward(between) {
		add(place, 1)
	}
	switch {
	case begin:
		add(0, 1+more)
	case more > 0:
		add(between[0], more)
	}
	return places
}

// possible reports whether items can have come so far: they begin in turn, and
// no more than the limit are under way, with the one of the call.
func (f *fork) possible(items []*branch, places []int, full int, without *branch) bool {
	last := -1 // that has begun
	if without != nil {
		last = without.index
	}
	for i, place := range places {
		if place > 0 {
			last = max(last, items[i].index)
		}
	}
	under := 0
	if without != nil {
		under = 1
	}
	for i, place := range places {
		if items[i].index <= last && place < full {
			under++
		}
	}
	return under <= f.limit
}

// subsets yields the lists of at most so many of the numbers from 1 to n, in
// order.
func subsets(n, most int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		var from func(next int, list []int) bool
		from = func(next int, list []int) bool {
			if !yield(list) {
				return false
			}
			if len(list) >= most {
				return true
			}
			for i := next; i <= n; i++ {
				if !from(i+1, append(list[:len(list):len(list)], i)) {
					return false
				}
			}
			return true
		}
		from(1, nil)
	}
}
