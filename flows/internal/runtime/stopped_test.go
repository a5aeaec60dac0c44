package runtime_test

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// A branch that stops says why: where one beside it failed, nobody canceled the run.
func TestStoppedError(t *testing.T) {
	for cause, want := range map[runtime.Cause]struct {
		code  string
		class connector.Class
		in    string
	}{
		runtime.ByUser:     {"Canceled", connector.ClassCanceled, "the run was canceled"},
		runtime.BySibling:  {"Canceled", connector.ClassCanceled, "beside it failed"},
		runtime.ByTimeout:  {"Timeout", connector.ClassTimeout, "time limit"},
		runtime.ByShutdown: {runtime.CodeInterrupted, connector.ClassCanceled, "interrupted"},
	} {
		if e := runtime.StoppedError(cause); e.Code != want.code || e.Class != want.class || !strings.Contains(e.Message, want.in) || !runtime.IsStopped(e) {
			t.Errorf("%s: %+v", cause, e)
		}
	}
}
