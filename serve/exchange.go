package serve

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
)

// exchange is a request with its answer.
type exchange struct {
	http.ResponseWriter

	server *Server
	access Access
	wrote  bool
	// operator is true on the address of operators.
	operator bool
	below    string // the path that its caller reaches the server under
}

func (s *Server) exchange(w http.ResponseWriter, req *http.Request) *exchange {
	return &exchange{
		ResponseWriter: w, server: s, below: event.Stripped(req),
		access: Access{Time: s.config.Now(), Method: req.Method, Path: shownPath(withoutToken(req.URL.Path)), Remote: req.RemoteAddr},
	}
}

// Unwrap gives http.ResponseController what is inside.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// WriteHeader notes the status.
func (x *exchange) WriteHeader(status int) {
	if x.wrote {
		return
	}
	x.wrote, x.access.Status = true, status
	x.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (x *exchange) Write(b []byte) (int, error) {
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	n, err := x.ResponseWriter.Write(b)
	x.access.Bytes += int64(n)
	return n, err //nolint:wrapcheck // it is the connection's
}

// done logs the request.
func (x *exchange) done() {
	x.access.Duration = x.server.config.Now().Sub(x.access.Time)
	x.server.measures.request(&x.access)
	x.server.config.Access(x.access)
}

// refuse answers with a problem.
func (x *exchange) refuse(p report.Problem) {
	x.access.Code = p.Code
	if p.Run != "" {
		x.access.Run = p.Run
	}
	p.Help = x.helpBelow(p.Help)
	x.send(p.Answer())
}

// Headers that are always the same. Nobody changes them.
var (
	nosniff = []string{"nosniff"}
	noStore = []string{"no-store"}
)

// send writes an answer.
func (x *exchange) send(a *flows.Answer) {
	h := x.Header()
	for name, text := range a.Headers {
		h.Set(name, text)
	}
	if a.Status == http.StatusServiceUnavailable && h.Get("Retry-After") == "" {
		h.Set("Retry-After", "1")
	}
	h["X-Content-Type-Options"] = nosniff[:1:1]
	if h.Get("Cache-Control") == "" {
		h["Cache-Control"] = noStore[:1:1]
	}
	if len(a.Body) > 0 || a.Status != http.StatusNoContent && a.Status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	_ = http.NewResponseController(x.ResponseWriter).SetWriteDeadline(time.Now().Add(answerTime))
	x.WriteHeader(a.Status)
	if len(a.Body) > 0 && x.access.Method != http.MethodHead { // which gets the headers alone
		_, _ = x.Write(a.Body) // a caller that went away is told nothing
	}
}

// accepted answers that the run goes on, and where it is to be found, once it is on disk.
func (x *exchange) accepted(g *running) {
	if err := x.server.runs.unwritten(g); err != nil {
		x.refuse(*x.server.notBegun(g, err))
		return
	}
	x.send(event.GoesOn(x.below, g.id))
}

// version says which version of a flow answers: that which the run began with, or would
// begin with.
func (x *exchange) version(text string) {
	if text != "" {
		x.Header().Set("Flow-Version", text)
	}
}

// finish answers with what became of a run, as far as it is known.
func (x *exchange) finish(g *running) {
	switch {
	case g.answer != nil:
		x.send(g.answer)
	case x.server.runs.unwritten(g) != nil:
		x.refuse(*g.route.journalFailed("")) // nothing that changes anything ran
	case x.server.records != nil && (g.err == nil || wasInterrupted(g.err)):
		x.accepted(g) // it was put down, and goes on at the next start
	case g.err != nil:
		x.server.config.Notice(Notice{Problem: true, Text: "a run stopped without an answer", Run: g.id, Err: g.err})
		x.refuse(report.Problem{Status: http.StatusServiceUnavailable, Code: "Stopped", Run: g.id, Detail: "the run was stopped before it had ended, and what it did may have happened", Help: "ask those who run the server what became of it, by its name; a key finds the same run again"})
	default:
		x.refuse(report.Problem{Status: http.StatusInternalServerError, Code: "NoAnswer", Run: g.id})
	}
}

// shownPath is a path as logs show it: short, in one line.
func shownPath(path string) string {
	const most = 200
	if !utf8.ValidString(path) {
		path = strings.ToValidUTF8(path, "�")
	}
	if len(path) > most {
		path = strings.ToValidUTF8(path[:most], "") + "…"
	}
	return path
}

// wasInterrupted reports whether a run was put down, and goes on later.
func wasInterrupted(err error) bool {
	if err == nil {
		return false
	}
	var interrupted *journal.InterruptedError
	var failed *journal.WriteError
	return errors.As(err, &interrupted) || errors.As(err, &failed)
}
