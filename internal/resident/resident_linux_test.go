package resident

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestUnwritten: the mappings of the program that nothing was written to, and no other.
func TestUnwritten(t *testing.T) {
	const smaps = `00400000-0154b000 r-xp 00000000 fe:00 1234                       /usr/bin/runner
Size:              17708 kB
Rss:               11408 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me sd
0154b000-029d0000 r--p 0114b000 fe:00 1234                       /usr/bin/runner
Rss:                8900 kB
Anonymous:             4 kB
VmFlags: rd mr mw me sd
029d0000-02a60000 rw-p 025d0000 fe:00 1234                       /usr/bin/runner
Anonymous:             0 kB
7f0000000000-7f0000021000 r-xp 00000000 fe:00 99                 /usr/lib/libc.so.6
Anonymous:             0 kB
7f0000022000-7f0000023000 r--p 00000000 fe:00 99                 /usr/bin/runner 2
Anonymous:             0 kB
7f0000024000-7f0000025000 r--p 00000000 fe:00 1234 /usr/bin/runner
Anonymous:             0 kB
7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]
Anonymous:            12 kB
7ffd00022000-7ffd00023000 r-xp 00000000 00:00 0
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0x154b000}, {0x7f0000024000, 0x7f0000025000}}
	if got := unwritten(strings.NewReader(smaps), "/usr/bin/runner"); !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

// TestShrink: pages of the program leave the process, which goes on.
func TestShrink(t *testing.T) {
	for name, shrink := range map[string]func(){"Shrink": Shrink, "Unmap": Unmap} {
		touch(t)
		before := resident(t)
		shrink()
		if after := resident(t); after >= before {
			t.Errorf("%s: %d KiB of files are mapped, %d before", name, after, before)
		}
	}
}

// touch maps all pages of the program.
func touch(t *testing.T) {
	t.Helper()
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	defer smaps.Close()
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Skip(err)
	}
	defer mem.Close()
	for _, m := range unwritten(smaps, program) {
		if _, err := mem.ReadAt(make([]byte, m.to-m.from), int64(m.from)); err != nil {
			t.Fatal(err)
		}
	}
}

// resident returns how many KiB of files are mapped.
func resident(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, rest, found := strings.Cut(string(text), "RssFile:")
	if !found {
		t.Skip("the system does not say how much of files is mapped")
	}
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
