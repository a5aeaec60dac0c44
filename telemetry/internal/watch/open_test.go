package watch

import (
	"fmt"
	"testing"
)

// What is under way is found by its path and around it, be it little or much.
func TestOpened(t *testing.T) {
	for _, size := range []int{3, 4 * fewOpen} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			var o opened
			path := func(i int) string { return fmt.Sprintf("/loop[%d]/item", i) }
			outer := &node{path: "/loop"}
			o.add(outer)
			for i := range size {
				o.add(&node{path: path(i)})
			}
			for _, tt := range []struct{ path, want string }{
				{"/loop", "/loop"},
				{path(1), path(1)},
				{path(1) + "/then/1", path(1)},
				{path(2) + "[7]", path(2)},
				{"/loop[1]", "/loop"},
				{path(1) + "s", "/loop"},
				{"/loops", ""},
				{"/other/loop", ""},
				{"", ""},
			} {
				got := ""
				if n := o.around(tt.path); n != nil {
					got = n.path
				}
				if got != tt.want {
					t.Errorf("around %q is %q, want %q", tt.path, got, tt.want)
				}
			}
			again := &node{path: path(1)}
			if o.add(again); o.take(path(1)) != again || o.take(path(1)) != nil || o.take("/none") != nil {
				t.Error("what is taken is not the last one of its path, or is there again")
			}
			if got := len(o.drain()); got != size || len(o.drain()) != 0 {
				t.Errorf("%d were left of %d", got, size)
			}
		})
	}
}
