package connector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestErrorText(t *testing.T) {
	tests := []struct {
		name string
		err  Error
		want string
	}{
		{"everything", Error{Operation: "lambda.invoke", Code: "Broken", Message: "it broke"}, "lambda.invoke: Broken: it broke"},
		{"no message", Error{Code: "Broken"}, "Broken"},
		{"no code", Error{Message: "it broke", Class: ClassDenied}, "it broke"},
		{"a class alone", Error{Class: ClassDenied}, "denied"},
		{"nothing", Error{}, "internal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestErrorValue(t *testing.T) {
	bare := map[string]any{
		"code": "Broken", "class": "internal", "message": "", "step": nil, "operation": nil, "requestId": nil, "status": nil,
		"retryAfter": nil, "attempts": int64(0), "requests": int64(0), "outcome": "failed", "details": nil, "cause": nil,
	}
	with := func(changes map[string]any) map[string]any {
		v := map[string]any{}
		for k, old := range bare {
			v[k] = old
		}
		for k, changed := range changes {
			v[k] = changed
		}
		return v
	}
	tests := []struct {
		name string
		err  Error
		want map[string]any
	}{
		{"a code alone is internal", Error{Code: "Broken"}, bare},
		{
			"everything",
			Error{
				Code: "Broken", Class: ClassThrottled, Message: "m", Operation: "a.b", Status: 429, RequestID: "r-1", Requests: 4,
				RetryAfter: 1500 * time.Millisecond, Outcome: OutcomeUnknown, Details: map[string]any{"Type": "User"}, Cause: "text",
				Err: errors.New("hidden"),
			},
			with(map[string]any{
				"class": "throttled", "message": "m", "operation": "a.b", "status": int64(429), "requestId": "r-1",
				"requests": int64(4), "retryAfter": "1.5s", "outcome": "unknown", "details": map[string]any{"Type": "User"}, "cause": "text",
			}),
		},
		{
			"errors in it",
			Error{Code: "Broken", Cause: &Error{Code: "Broken"}},
			with(map[string]any{"cause": bare}),
		},
		{"a cause that is no error after all", Error{Code: "Broken", Cause: (*Error)(nil)}, bare},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.err.Value()); diff != "" {
				t.Errorf("Value (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorIs(t *testing.T) {
	cause := &Error{Code: "Lambda.FunctionError", Class: ClassFunction}
	err := fmt.Errorf("running: %w", &Error{Code: "Broken", Class: ClassConflict, Cause: cause, Err: fs.ErrNotExist})
	tests := []struct {
		name   string
		err    error
		target error
		want   bool
	}{
		{"code", err, &Error{Code: "Broken"}, true},
		{"class", err, &Error{Class: ClassConflict}, true},
		{"both", err, &Error{Code: "Broken", Class: ClassConflict}, true},
		{"another class", err, &Error{Code: "Broken", Class: ClassDenied}, false},
		{"another code", err, &Error{Code: "Other"}, false},
		{"any", err, &Error{}, true},
		{"the cause", err, &Error{Class: ClassFunction}, true},
		{"the Go error behind it", err, fs.ErrNotExist, true},
		{"another Go error", err, fs.ErrExist, false},
		{"no class is internal", &Error{Code: "Broken"}, &Error{Class: ClassInternal}, true},
		{"a nil cause", &Error{Code: "Broken", Cause: (*Error)(nil)}, fs.ErrExist, false},
		{"a cause that is a value", &Error{Code: "Broken", Cause: map[string]any{"a": 1}}, fs.ErrExist, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := errors.Is(tt.err, tt.target); got != tt.want {
				t.Errorf("errors.Is(%v, %#v) = %t", tt.err, tt.target, got)
			}
		})
	}
}

func TestErrorAs(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: "/x", Err: fs.ErrNotExist}
	err := &Error{Code: "Broken", Cause: &Error{Code: "Inner", Err: missing}}
	var path *fs.PathError
	if !errors.As(err, &path) || path != missing {
		t.Errorf("errors.As finds %v, want the error behind the cause", path)
	}
}

func TestAsError(t *testing.T) {
	own := &Error{Code: "Broken", Class: ClassDenied}
	plain := errors.New("plain")
	tests := []struct {
		name string
		err  error
		want *Error
	}{
		{"nil", nil, nil},
		{"itself", own, own},
		{"wrapped", fmt.Errorf("calling: %w", own), own},
		{"out of time", fmt.Errorf("calling: %w", context.DeadlineExceeded), &Error{Code: "Timeout", Class: ClassTimeout, Message: "no answer in time", Outcome: OutcomeUnknown}},
		{"stopped", context.Canceled, &Error{Code: "Canceled", Class: ClassCanceled, Message: "the call was canceled", Outcome: OutcomeUnknown}},
		{"anything else", plain, &Error{Code: "Internal", Class: ClassInternal, Message: "plain"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := AsError(tt.err)
			ignoreErr := cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Err" }, cmp.Ignore())
			if diff := cmp.Diff(tt.want, got, ignoreErr); diff != "" {
				t.Errorf("AsError (-want +got):\n%s", diff)
			}
			if got != nil && got != own && !errors.Is(got, tt.err) {
				t.Errorf("%v does not wrap %v", got, tt.err)
			}
		})
	}
}

func TestClasses(t *testing.T) {
	seen := map[Class]bool{}
	for _, class := range Classes() {
		if seen[class] || !IsClass(string(class)) {
			t.Errorf("class %q is listed twice, or is none", class)
		}
		seen[class] = true
	}
	for _, name := range []string{"", "Throttled", "throttle"} {
		if IsClass(name) {
			t.Errorf("IsClass(%q) is true", name)
		}
	}
	Classes()[0] = "changed"
	if got := Classes()[0]; got != ClassThrottled {
		t.Errorf("a caller changed the list: %q", got)
	}
}

func ExampleError() {
	err := fmt.Errorf("deploying: %w", &Error{
		Operation: "lambda.createAlias", Code: "ResourceConflictException", Class: ClassConflict, Message: "Alias already exists",
	})
	fmt.Println(err)
	fmt.Println(errors.Is(err, &Error{Class: ClassConflict}))
	// Output:
	// deploying: lambda.createAlias: ResourceConflictException: Alias already exists
	// true
}

func ExampleAsError() {
	fmt.Println(AsError(context.DeadlineExceeded).Class)
	fmt.Println(AsError(errors.New("out of paper")).Class)
	// Output:
	// timeout
	// internal
}

func TestHasCode(t *testing.T) {
	e := &Error{Code: "IDPRejectedClaim", Aliases: []string{"IDPRejectedClaimException"}}
	for code, want := range map[string]bool{"IDPRejectedClaim": true, "IDPRejectedClaimException": true, "": false, "Other": false} {
		if got := e.HasCode(code); got != want {
			t.Errorf("HasCode(%q) is %v", code, got)
		}
	}
	if !errors.Is(e, &Error{Code: "IDPRejectedClaimException"}) {
		t.Error("errors.Is does not know the other name")
	}
}
