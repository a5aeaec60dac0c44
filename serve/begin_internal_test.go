package serve

import (
	"net/http"
	"testing"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// A run that is to go on may be of a route that is not served any more: nobody is
// told then where in a request its inputs stand.
func TestNotBegunWithoutRoute(t *testing.T) {
	var told []Notice
	s, err := New(t.Context(), Config{Notice: func(n Notice) { told = append(told, n) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.end()
	p := s.notBegun(&running{id: "r-1"}, &report.InputError{Flow: "f", Errors: schema.Errors{{Path: "a", Message: "is no number"}}})
	if p.Status != http.StatusServiceUnavailable || p.Code != "NotBegun" || len(told) != 1 || told[0].Run != "r-1" {
		t.Errorf("%+v, %+v", p, told)
	}
}
