package awsmodel

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// A disk that is full is told as that, and takes nothing away that was there.
func TestSaveToFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no device that is full:", err)
	}
	t.Chdir(t.TempDir())
	to, err := newTarget("out")
	if err != nil {
		t.Fatal(err)
	}
	_ = to.file.Close()
	to.file = full
	_, err = to.Write([]byte("hello"))
	var unsaved *saveError
	if !errors.As(err, &unsaved) || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("error %v", err)
	}
	e := connector.AsError(unsaved.public(connector.EffectReadOnly))
	if e.Class != connector.ClassQuota || e.Code != "NotSaved" || !strings.Contains(e.Message, `saveTo: "out" cannot be written: no space left on device; make room`) {
		t.Errorf("%s %s %q", e.Class, e.Code, e.Message)
	}
	to.close()
	if left, _ := os.ReadDir("."); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}
