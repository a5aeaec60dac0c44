package journal

import (
	"reflect"
	"testing"
)

// Steps of records that are gone are gone, and the others are found where they are; what
// is gone in part is not decided here.
func TestTellingDrops(t *testing.T) {
	made := func() *telling {
		l := newTelling(nil, "r", 0, nil)
		for seq, rec := range []*record{
			{kind: kindBegin, path: "/a"}, {kind: kindBegin, path: "/b"}, {kind: kindWithheld, path: "/a"}, {kind: kindBegin, path: "/c"}, {kind: kindBegin, path: "/d"},
		} {
			rec.seq = int64(seq + 1)
			l.add(t.Context(), rec)
		}
		l.from = len(l.steps)
		return l
	}
	for name, tt := range map[string]struct {
		gone  []span
		steps []string
		open  map[placed]int
		from  int
		whole bool
	}{
		"nothing":          {nil, []string{"/a", "/b", "/c", "/d"}, map[placed]int{{"", "/b"}: 1, {"", "/c"}: 2, {"", "/d"}: 3}, 4, true},
		"one that ended":   {[]span{{1, 1}, {3, 3}}, []string{"/b", "/c", "/d"}, map[placed]int{{"", "/b"}: 0, {"", "/c"}: 1, {"", "/d"}: 2}, 0, true},
		"one that is open": {[]span{{4, 4}}, []string{"/a", "/b", "/d"}, map[placed]int{{"", "/b"}: 1, {"", "/d"}: 2}, 2, true},
		"all":              {[]span{{1, 5}}, []string{}, map[placed]int{}, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := made()
			steps := []string{}
			whole := l.drop(tt.gone)
			for _, s := range l.steps {
				steps = append(steps, s.Path)
			}
			if whole != tt.whole || l.from != tt.from || !reflect.DeepEqual(steps, tt.steps) || !reflect.DeepEqual(l.open, tt.open) || len(l.made) != len(l.steps) {
				t.Errorf("%v, from %d, steps %v, open %v", whole, l.from, steps, l.open)
			}
		})
	}
	for _, gone := range []span{{1, 2}, {2, 3}} {
		if made().drop([]span{gone}) {
			t.Errorf("a part of a step is taken out by %v", gone)
		}
	}
}

// The numbers that are left are those that were not taken out.
func TestLacking(t *testing.T) {
	for from := int64(1); from < 6; from++ {
		for to := from; to < 9; to++ {
			list, gone := []span{{1, 3}, {5, 5}, {7, 9}}, []span{{from, to}, {to + 2, to + 2}}
			left := lacking(list, gone)
			for n := int64(0); n < 12; n++ {
				if want := holds(list, n) && !holds(gone, n); holds(left, n) != want {
					t.Errorf("%v without %v: %v", list, gone, left)
				}
			}
		}
	}
}
