package load_test

import (
	"bytes"
	"os"
	"runtime"
	"testing"

	"github.com/medlar-flow/medlar/internal/bench/load"
)

func TestPeakOfIsOfTheProcess(t *testing.T) {
	before, ok := load.PeakOf(os.Getpid())
	if !ok || before <= 0 {
		t.Fatalf("the most memory of this process is %v, known: %t", before, ok)
	}
	held := bytes.Repeat([]byte{1}, 64<<20)
	after, _ := load.PeakOf(os.Getpid())
	runtime.KeepAlive(held)
	if after < before+32<<20 {
		t.Errorf("64 MiB more are %v bytes after %v", after, before)
	}
	if _, ok := load.PeakOf(1 << 30); ok {
		t.Error("a process that there is not has memory")
	}
}
