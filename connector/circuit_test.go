package connector_test

import (
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// What the failure of a call says of the service, between two that got no answer: one that
// answers sets the count back, others do not.
func TestCircuitCounts(t *testing.T) {
	down := &connector.Error{Code: "Down", Class: connector.ClassUnavailable}
	for name, c := range map[string]struct {
		between *connector.Error
		opens   bool
	}{
		"success":                  {nil, false},
		"not found":                {&connector.Error{Class: connector.ClassNotFound}, false},
		"denied":                   {&connector.Error{Class: connector.ClassDenied}, false},
		"throttled":                {&connector.Error{Class: connector.ClassThrottled}, false},
		"stopped":                  {&connector.Error{Class: connector.ClassCanceled, Requests: 1}, true},
		"wrong, as a service says": {&connector.Error{Class: connector.ClassInvalid, Requests: 1}, false},
		"wrong, with a status":     {&connector.Error{Class: connector.ClassInvalid, Status: 422}, false},
		"wrong, with a request id": {&connector.Error{Class: connector.ClassInvalid, RequestID: "r"}, false},
		"wrong, and not sent":      {&connector.Error{Class: connector.ClassInvalid}, true},
		"an answer that is broken": {&connector.Error{Class: connector.ClassInternal, Requests: 1}, false},
		"a panic":                  {&connector.Error{Class: connector.ClassInternal}, true},
		"no class":                 {&connector.Error{Code: "Odd"}, true},
	} {
		r, err := connector.NewRegistry()
		if err != nil {
			t.Fatal(err)
		}
		circuit := r.Circuit("a", 2, time.Hour)
		for _, failure := range []*connector.Error{down, c.between, down} {
			end, refusal := circuit.Begin()
			if refusal != nil {
				t.Fatalf("%s: %v", name, refusal)
			}
			end(failure)
		}
		if opened := circuit.Refusal() != nil; opened != c.opens {
			t.Errorf("%s: opened is %t", name, opened)
		}
	}
}
