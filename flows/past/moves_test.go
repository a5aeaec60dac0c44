package past_test

import (
	"testing"

	"github.com/medlar-flow/medlar/flows/past"
	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	m.Run()
}

func TestMoves(t *testing.T) {
	moves := past.MovesOf([]past.Move{
		{Was: "/l", Now: "/g/then/l"},
		{Was: "/l[]/a", Now: "/g/then/l[]/t/try/a"},
		{Was: "/s/cases[0]/c", Now: "/c"},
		{Was: "/l[]/m[]/x", Now: "/g/then/l[]/m[]/h/else/x"},
		{Was: "/c/deep", Now: "/deep"},
	})
	for was, now := range map[string]string{
		"/l": "/g/then/l", "/l[3]": "/g/then/l[3]", "/l[3]/b": "/g/then/l[3]/b", "/l[12]/a": "/g/then/l[12]/t/try/a", "/l[12]/a#2": "/g/then/l[12]/t/try/a#2",
		"/l[1]/a/undo/1": "/g/then/l[1]/t/try/a/undo/1", "/l[1]/m[22]/x": "/g/then/l[1]/m[22]/h/else/x", "/s/cases[0]/c": "/c", "/s/cases[0]/c/x": "/c/x", "/c/deep": "/deep",
		"/lamp": "/lamp", "/s/cases[1]/c": "/s/cases[1]/c", "/q": "/q", "": "",
	} {
		if got := moves.Now(was); got != now {
			t.Errorf("%s is %s now, want %s", was, got, now)
		}
		if got := moves.Was(now); got != was {
			t.Errorf("%s was %s, want %s", now, got, was)
		}
	}
	for was, now := range map[string]string{"/l/review/ok": "/g/then/l/review/ok", "/l/a/ok": "/g/then/l/t/try/a/ok", "ok": "ok", "/q/ok": "/q/ok"} {
		if got := moves.SignalNow(was); got != now || moves.SignalWas(now) != was {
			t.Errorf("signal %s is %s now, and was %s", was, got, moves.SignalWas(now))
		}
	}
	var none *past.Moves
	if none.Now("/a") != "/a" || none.Was("/a") != "/a" || none.SignalNow("/a/b") != "/a/b" || none.SignalWas("/a/b") != "/a/b" || none.List() != nil {
		t.Error("no moves move something")
	}
}
