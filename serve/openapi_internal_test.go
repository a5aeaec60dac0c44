package serve

import (
	"strconv"
	"testing"
)

// A document below a path is made once, and few of them are kept.
func TestMountedDocuments(t *testing.T) {
	var m mounted
	made := map[string]int{}
	ask := func(below string) {
		text, err := m.document(below, func() ([]byte, error) { made[below]++; return []byte(below), nil })
		if err != nil || string(text) != below {
			t.Errorf("%s: %q, %v", below, text, err)
		}
	}
	for range 3 {
		ask("/a")
		ask("/b")
	}
	if made["/a"] != 1 || made["/b"] != 1 {
		t.Errorf("made %v times", made)
	}
	for i := range 10 * mostMounted {
		ask("/" + strconv.Itoa(i))
	}
	if len(m.made) != mostMounted {
		t.Errorf("%d are kept", len(m.made))
	}
}
