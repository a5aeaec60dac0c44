package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/serve/console"
)

// Each action is told to the audit, with who did it and from where, whether it went well
// or not; so is each that is refused for a role.
func TestEachActionIsTold(t *testing.T) {
	s := newStaff(t, "vera", "rob:run")
	w := newWorld(t, map[string]string{"approval.yaml": approvalFlow}, s.opened)
	w.set("before", true)
	w.run("approval.yaml", "r", nil)
	told := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.actions)
	}
	actions := 0
	for _, name := range []string{"rob", "vera"} {
		for pattern := range console.Routes(w.console) {
			method, path, _ := strings.Cut(pattern, " ")
			if method != http.MethodPost {
				continue
			}
			actions++
			w.as(name)
			before := told()
			path = strings.NewReplacer("{run}", "r", "{flow}", "approval").Replace(path)
			a := w.sendForm(path, "run=r&signal=approval")
			if strings.HasPrefix(a.url, "/restarts/") { // it goes on behind the answer
				w.until(a.url, " ended, ")
				for end := time.Now().Add(time.Minute); told() == before && time.Now().Before(end); {
					time.Sleep(time.Millisecond)
				}
			}
			w.mu.Lock()
			if len(w.actions) == before {
				t.Errorf("%s of %s: %d, and nothing is told", pattern, name, a.status)
			} else if last := w.actions[len(w.actions)-1]; last.What == "" || last.Who != name || last.Remote == "" || last.Time.IsZero() {
				t.Errorf("%s of %s: told %+v", pattern, name, last)
			}
			w.mu.Unlock()
		}
	}
	if actions < 14 {
		t.Errorf("only %d actions", actions)
	}
}
