package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

func environment(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func TestSpareHeapLeavesTheEnvironmentItsSay(t *testing.T) {
	for _, tt := range []struct {
		env  func(string) (string, bool)
		want int
	}{
		{environment(), spareHeap},
		{environment("GOGC", ""), spareHeap},
		{environment("GOGC", "50"), 0},
		{environment("GOGC", "off"), 0},
		{environment("GOMEMLIMIT", "64MiB"), 0},
	} {
		if got := grown(t, tt.env).size(); got != tt.want {
			t.Errorf("%d bytes, want %d", got, tt.want)
		}
	}
}

// grown returns a heap after it had its time to grow.
func grown(t *testing.T, env func(string) (string, bool)) *heap {
	t.Helper()
	before := debug.SetGCPercent(usualPercent) // whatever the tests run with
	t.Cleanup(func() { debug.SetGCPercent(before) })
	h := newHeap(env, 0)
	t.Cleanup(h.end)
	for until := time.Now().Add(10 * time.Second); h.later != nil && h.size() == 0 && time.Now().Before(until); {
		time.Sleep(time.Millisecond)
	}
	return h
}

// gcPercent tells the collector's setting.
func gcPercent() int {
	found := debug.SetGCPercent(usualPercent)
	debug.SetGCPercent(found)
	return found
}

// While a command starts the heap may grow; then, and when the command ends, the
// collector is as it was.
func TestHeapLeavesTheCollectorAsItWas(t *testing.T) {
	for name, tt := range map[string]struct {
		before     int
		env        func(string) (string, bool)
		start, end int
	}{
		"nobody has a say":     {usualPercent, environment(), startPercent, usualPercent},
		"the environment has":  {usualPercent, environment("GOGC", "100"), usualPercent, usualPercent},
		"the program has":      {150, environment(), 150, 150},
		"the collector is off": {-1, environment(), -1, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Cleanup(func() { debug.SetGCPercent(usualPercent) })
			debug.SetGCPercent(tt.before)
			h := newHeap(tt.env, time.Hour)
			started := gcPercent()
			other := newHeap(tt.env, time.Hour) // of a command that runs at the same time
			h.end()
			other.end()
			if got := gcPercent(); started != tt.start || got != tt.end {
				t.Errorf("%d at the start and %d at the end, want %d and %d", started, got, tt.start, tt.end)
			}
		})
	}
}

func TestHeapIsUsualOnceTheSpareMemoryIsThere(t *testing.T) {
	h := grown(t, environment())
	if got := gcPercent(); got != usualPercent {
		t.Errorf("%d, want %d", got, usualPercent)
	}
	h.small()
	if got := gcPercent(); got != smallHeap {
		t.Errorf("%d for durable runs, want %d", got, smallHeap)
	}
	h.end()
	if got := gcPercent(); got != usualPercent {
		t.Errorf("%d at the end, want %d", got, usualPercent)
	}
}

var garbage []byte // so that the compiler does not do without

// collections tells how often the heap was collected during 128 MiB of garbage.
func collections() uint32 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 128 << 10 {
		garbage = make([]byte, 1<<10)
	}
	runtime.ReadMemStats(&after)
	return after.NumGC - before.NumGC
}

func TestSpareHeapIsCollectedSeldom(t *testing.T) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		t.Skip("the environment decides how the heap grows")
	}
	// A collection that has to wait for a processor lets the heap grow meanwhile, so
	// that there are fewer also without: one of some tries counts.
	for left := 5; ; left-- {
		why := seldom(t)
		if why == "" {
			return
		}
		if left == 0 {
			t.Fatal(why)
		}
	}
}

// seldom says how the heap with spare memory was collected, where that was often.
func seldom(t *testing.T) string {
	t.Helper()
	without := collections()
	var left runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&left)
	kept := grown(t, environment())
	with := collections()
	kept.end()
	// What other tests have left in memory makes collections rarer also without:
	// then there is less to save.
	most := without / 3
	if left.HeapAlloc > 8<<20 {
		most = without - 1
	}
	if with > 4 || with > most {
		return fmt.Sprintf("%d collections, %d without spare memory, %d bytes in use", with, without, left.HeapAlloc)
	}
	return ""
}

// residentOf returns the memory of the process that the system provides, in bytes.
func residentOf(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("there is no way to ask here")
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

func TestSpareHeapTakesNoMemory(t *testing.T) {
	garbage = nil
	debug.FreeOSMemory()
	before := residentOf(t)
	kept := grown(t, environment())
	runtime.GC()
	after := residentOf(t)
	kept.end()
	if grown := after - before; grown > spareHeap/4 {
		t.Errorf("%d bytes more", grown)
	}
}

// A command that carries durable runs gives the spare memory back.
func TestDurableRunsKeepNoSpareHeap(t *testing.T) {
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	folder := t.TempDir()
	flow := filepath.Join(folder, "flow.yaml")
	if err := os.WriteFile(flow, []byte("flow: f\nsteps: [{set: {a: 1}}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args []string
		want int
	}{
		"in process":   {[]string{"run", flow}, spareHeap},
		"on a journal": {[]string{"run", flow, "--journal", filepath.Join(folder, "runs.db")}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := Command{heap: grown(t, environment())}
			if code := c.Run(t.Context(), tt.args); code != 0 {
				t.Fatalf("exit code %d", code)
			}
			if got := c.heap.size(); got != tt.want {
				t.Errorf("%d bytes kept, want %d", got, tt.want)
			}
		})
	}
}
