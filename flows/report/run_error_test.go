package report

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
)

func TestAsRunError(t *testing.T) {
	inner := &RunError{Failure: Failure{Code: "Inner"}, Step: "/inner"}
	own := &RunError{Failure: Failure{Code: "Own", Cause: inner}, Step: "/own"}
	called := &connector.Error{Code: "Called", Cause: inner}
	tests := []struct {
		name string
		err  error
		code string
		step string
	}{
		{"itself", own, "Own", "/own"},
		{"wrapped", fmt.Errorf("running: %w", own), "Own", "/own"},
		{"an error of a connector, not its cause", called, "Called", ""},
		{"the same, wrapped", fmt.Errorf("running: %w", called), "Called", ""},
		{"any other", errors.New("plain"), "Internal", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := AsRunError(tt.err)
			if got.Code != tt.code || got.Step != tt.step {
				t.Errorf("%q of step %q, want %q of %q", got.Code, got.Step, tt.code, tt.step)
			}
		})
	}
	if AsRunError(nil) != nil {
		t.Error("nil is an error")
	}
	var found *connector.Error
	if err := fmt.Errorf("running: %w", own); !errors.As(err, &found) || found.Code != "Own" {
		t.Errorf("errors.As finds %v in a run's error", found)
	}
	if !errors.Is(own, &connector.Error{Code: "Own"}) || !errors.Is(own, &connector.Error{Code: "Inner"}) || errors.Is(own, &connector.Error{Code: "Other"}) {
		t.Error("errors.Is does not match by code")
	}
}

func TestRunErrorTellsAll(t *testing.T) {
	undo := &RunError{Failure: Failure{Code: "U"}, Step: "/a"}
	e := &RunError{
		Failure: Failure{Code: "C", Message: "m", Operation: "a.b", Cause: undo},
		Step:    "/s[1]", Attempts: 3, UndoErrors: []*RunError{undo}, Suppressed: []*RunError{undo},
	}
	if got, want := e.Error(), "step /s[1]: a.b: C: m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	v := e.Value()
	if v["step"] != "/s[1]" || v["attempts"] != int64(3) || v["code"] != "C" {
		t.Errorf("the value is %v", v)
	}
	want := undo.Value()
	if want["step"] != "/a" {
		t.Errorf("the undo's value is %v", want)
	}
	for _, name := range []string{"undoErrors", "suppressed"} {
		if diff := cmp.Diff([]any{want}, v[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(want, v["cause"]); diff != "" {
		t.Errorf("cause (-want +got):\n%s", diff)
	}
}
