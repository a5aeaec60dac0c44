package awsemu

import (
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/lambdasvc"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/plainjson"
)

// Paths of the emulator's own, which need no signature.
const (
	ownPath     = "/_awsemu/"
	lettersPath = ownPath + "dead-letters"
	logsPath    = ownPath + "durable-logs"
)

// serveOwn answers what AWS does not have.
func (e *Emulator) serveOwn(w http.ResponseWriter, r *http.Request) {
	hash, isCode := strings.CutPrefix(r.URL.Path, lambdasvc.CodePath)
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "only GET is possible here", http.StatusMethodNotAllowed)
	case isCode:
		file, err := e.codes.Get(strings.TrimSuffix(hash, ".zip"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Length", strconv.Itoa(len(file)))
		_, _ = w.Write(file)
	case r.URL.Path == lettersPath:
		text, err := plainjson.Encode(e.DeadLetters())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	case r.URL.Path == logsPath:
		text, err := e.lambda.DurableLogs(r.URL.Query().Get("arn"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(text)
	default:
		http.NotFound(w, r)
	}
}

// isLocal says whether a request was meant for this machine. A page in a
// browser can have its own name resolve to 127.0.0.1; the keys are public, and
// the emulator runs code.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}
