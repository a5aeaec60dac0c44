package serve

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/serve/internal/openapi"
)

// OpenAPI returns the OpenAPI 3.1 document of the routes of flows, as JSON: what they
// take and answer, and how callers are known. It holds no secret, and is the same for
// the same flows. title names it; "Flows" where it is empty.
func OpenAPI(title string, list []Served) ([]byte, error) {
	return documentOf(title, list, "")
}

// documentOf is OpenAPI for routes below a path.
func documentOf(title string, list []Served, below string) ([]byte, error) {
	api := openapi.API{Title: title, Version: versionOf(list), Server: below}
	for _, served := range list {
		version := served.Flow.Version()
		for _, t := range served.Flow.Triggers() {
			if t.Path != "" {
				api.Routes = append(api.Routes, described(served.Flow, t, version))
			}
		}
	}
	text, err := openapi.Document(api)
	if err != nil {
		return nil, fmt.Errorf("describing the flows: %w", err)
	}
	return text, nil
}

// described is a route as the document is told of it.
func described(flow *flows.Flow, t *flows.Trigger, version string) openapi.Route {
	r := openapi.Route{
		Flow: flow.Name(), Description: flow.Description(), Version: version,
		Method: t.Method, Path: t.Path, Inputs: flow.Inputs(), ByName: t.ByName, Places: t.InputPlaces(), Parameters: map[string]openapi.Parameter{}, Conditional: t.Conditional(), Limited: t.RateCount > 0,
	}
	for name, p := range t.InputParameters() {
		r.Parameters[name] = openapi.Parameter(p)
	}
	for _, a := range t.Answers() {
		r.Answers = append(r.Answers, openapi.Answer{Status: a.Status, Headers: a.Headers, Body: a.Body, MediaType: a.MediaType, Failure: a.Failure})
	}
	if s, ok := t.Security(); ok {
		r.Security = &s
	}
	return r
}

// versionOf returns what tells a set of flows from itself before a change.
func versionOf(list []Served) string {
	if len(list) == 1 {
		return list[0].Flow.Version()
	}
	var parts []string
	for _, served := range list {
		parts = append(parts, served.Flow.Name(), served.Flow.Version())
	}
	return hex.EncodeToString(event.Hash(parts...)[:6])
}

// document answers with the OpenAPI document of what is served.
func (s *Server) document(x *exchange, req *http.Request) {
	x.access.Route = "GET /-/openapi.json"
	x.shared(s.config.Origins, req.Header.Get("Origin"))
	t := s.now.Load()
	tag := `"` + t.version + `"`
	x.Header().Set("ETag", tag)
	x.Header().Set("Cache-Control", "no-cache")
	if req.Header.Get("If-None-Match") == tag {
		x.send(&flows.Answer{Status: http.StatusNotModified})
		return
	}
	text, err := s.documentFor(x, t)
	if err != nil {
		s.config.Notice(Notice{Problem: true, Text: "the OpenAPI document cannot be made", Err: err})
		x.refuse(report.Problem{Status: http.StatusInternalServerError, Code: "NoDocument"})
		return
	}
	x.send(&flows.Answer{Status: http.StatusOK, Headers: map[string]string{"Content-Type": "application/json"}, Body: text})
}

// documentFor returns the document with the path that its reader reaches the routes
// under. Operators have an address of their own, which says nothing of that.
func (s *Server) documentFor(x *exchange, t *table) ([]byte, error) {
	if x.below == s.below || x.operator {
		return t.document()
	}
	return t.mounted.document(x.below, func() ([]byte, error) { return documentOf(s.config.Title, t.flows, x.below) })
}

// mounted are the documents of those who reach the server below a path that
// http.StripPrefix takes off, each made once.
type mounted struct {
	mu   sync.Mutex
	made map[string]func() ([]byte, error) // by the path
}

// mostMounted is for how many paths a document is kept: a program may take off what it
// finds in the path of a request.
const mostMounted = 16

// document returns the document for a path. anew makes it.
func (m *mounted) document(below string, anew func() ([]byte, error)) ([]byte, error) {
	m.mu.Lock()
	one := m.made[below]
	if one == nil {
		one = sync.OnceValues(anew)
		if m.made == nil {
			m.made = map[string]func() ([]byte, error){}
		}
		if len(m.made) < mostMounted {
			m.made[below] = one
		}
	}
	m.mu.Unlock()
	return one()
}
