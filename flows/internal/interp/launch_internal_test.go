package interp

import (
	"regexp"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

// Ids of runs that begin one after another are in their order, and no two are the
// same.
func TestRunIDs(t *testing.T) {
	version7 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	synctest.Test(t, func(t *testing.T) {
		seen, last := map[string]bool{}, ""
		for range 100 {
			for range 10 { // in one millisecond
				id := newRunID()
				if !version7.MatchString(id) || seen[id] || id[:13] < last {
					t.Fatalf("%s after %s", id, last)
				}
				seen[id], last = true, id[:13]
			}
			time.Sleep(time.Millisecond)
		}
	})
	if id := (triggerVars{}).UUID(); id[14] != '4' {
		t.Errorf("uuid() gives %s", id)
	}
}

// Go makes memory in sizes: with eight bytes more, of which it needs eight itself, a run
// would take 1,408 in place of 1,280.
func TestSizeOfRun(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("sizes are those of 64 bits")
	}
	if size := unsafe.Sizeof(Run{}); size > 1280-8 {
		t.Errorf("a run takes %d bytes", size)
	}
}
