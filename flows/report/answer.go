package report

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
)

// Answer is what the caller of a route is told of the end of its run. It is made
// once, from the program that the run began with.
type Answer struct {
	Status  int               // of HTTP
	Headers map[string]string // by canonical name; Content-Type among them where there is a body
	Body    []byte            // nil for none
	// Secret is true where the answer can show a secret, so that it is encrypted
	// wherever it is kept.
	Secret bool
	// Err is why the answer is not the one that the flow says, for logs; nil where
	// it is. It is kept nowhere.
	Err error
}

// AnswerFailed is the code of a Problem that takes the place of an answer which
// could not be made. No run fails with it.
const AnswerFailed = "AnswerFailed"

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"

// Problem is a refusal or a failure as callers of a route get it, by RFC 9457.
type Problem struct {
	// Type is "about:blank": the status says what kind of problem it is.
	Type string `json:"type"`
	// Title is the phrase of the status.
	Title string `json:"title"`
	// Status is that of the answer.
	Status int `json:"status"`
	// Detail says what is wrong; empty where callers are not to know.
	Detail string `json:"detail,omitempty"`
	// Code is the code of a failure, or of a refusal, such as NotJSON.
	Code string `json:"code,omitempty"`
	// Class is the class of a failure.
	Class connector.Class `json:"class,omitempty"`
	// Run names the run; empty where none began.
	Run string `json:"run,omitempty"`
	// Help says what to do.
	Help string `json:"help,omitempty"`
	// Errors are what is wrong with the request, each by itself.
	Errors []ProblemError `json:"errors,omitempty"`
}

// ProblemError is one thing that is wrong with a request.
type ProblemError struct {
	// Detail says what is wrong.
	Detail string `json:"detail"`
	// Pointer is where in the body, as a JSON Pointer in a URI fragment: #/order/id.
	Pointer string `json:"pointer,omitempty"`
	// Parameter is the name in the path or in the query that is wrong.
	Parameter string `json:"parameter,omitempty"`
	// Help says what to do.
	Help string `json:"help,omitempty"`
}

// Answer returns the problem as an answer; Type and Title are filled in.
func (p Problem) Answer() *Answer {
	if p.Type == "" {
		p.Type = "about:blank"
	}
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	body, err := json.Marshal(p)
	if err != nil { // texts and numbers
		body = []byte(`{"type":"about:blank"}`)
	}
	return &Answer{Status: p.Status, Headers: map[string]string{"Content-Type": ProblemType}, Body: append(body, '\n')}
}

// ProblemOf returns the failure of a run as callers may know it: code, class and
// run, and the message only of a fail step, which its author wrote for them. What
// a service said stays here.
func ProblemOf(run string, failure *RunError) Problem {
	p := Problem{Status: StatusOf(failure), Code: failure.Code, Class: failure.Class, Run: run}
	if failure.Stated() {
		p.Detail = failure.Message
	}
	return p
}

// Stated reports whether a fail step made the failure, so that its text is the
// flow's author's and no service's.
func (e *RunError) Stated() bool { return e.Class == connector.ClassFailed && e.Operation == "" }

// StatusOf returns the status of HTTP for a failure: that of its fail step, or
// the one for its class.
func StatusOf(failure *RunError) int {
	switch failure.Class {
	case connector.ClassFailed:
		if failure.Stated() && failure.Status >= 400 && failure.Status < 600 {
			return failure.Status
		}
		return http.StatusUnprocessableEntity
	case connector.ClassTimeout:
		return http.StatusGatewayTimeout
	case connector.ClassThrottled, connector.ClassQuota, connector.ClassCanceled:
		return http.StatusServiceUnavailable
	case connector.ClassInternal:
		return http.StatusInternalServerError
	case connector.ClassInvalid:
		if failure.Operation == "" { // the flow's own values
			return http.StatusInternalServerError
		}
	}
	return http.StatusBadGateway // what stands behind the flow did not do it
}

// hopHeaders are those that the server itself sends.
var hopHeaders = []string{
	"Connection", "Content-Length", "Date", "Flow-Version", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// OwnHeader reports whether the server sends a header of its own of that name,
// which no answer of a flow may set.
func OwnHeader(name string) bool {
	if cors := "Access-Control-"; len(name) > len(cors) && strings.EqualFold(name[:len(cors)], cors) {
		return true
	}
	return slices.ContainsFunc(hopHeaders, func(h string) bool { return strings.EqualFold(h, name) })
}

// BadOrigin says what is wrong with the origin of a page, as browsers write it; empty
// for nothing. "*" stands for all.
func BadOrigin(origin string) (problem, help string) {
	const how = "write scheme and host as browsers do: https://app.example.com"
	if origin == "*" {
		return "", ""
	}
	u, err := url.Parse(origin)
	switch {
	case strings.Contains(origin, "*"):
		return "holds a *, which stands for all only by itself", how + ", each of them"
	case err != nil || u.Scheme == "" || u.Host == "":
		return "is no scheme with a host", how
	case u.Scheme != "http" && u.Scheme != "https":
		return "is not one of http or https", how
	case u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(origin, "#"):
		return "is more than scheme and host", "write " + strings.ToLower(u.Scheme+"://"+u.Host)
	case origin != strings.ToLower(origin):
		return "has capital letters, which browsers do not send", "write " + strings.ToLower(origin)
	case u.Scheme == "http" && u.Port() == "80" || u.Scheme == "https" && u.Port() == "443":
		return "has the usual port, which browsers do not send", "write " + u.Scheme + "://" + u.Hostname()
	}
	return "", ""
}

// RoutesConflict reports whether two patterns of net/http take some of the same
// requests without one being narrower than the other.
func RoutesConflict(a, b string) (conflict bool) {
	mux := http.NewServeMux()
	mux.Handle(a, http.NotFoundHandler())
	defer func() { conflict = recover() != nil }()
	mux.Handle(b, http.NotFoundHandler())
	return false
}
