package event

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows/report"
)

// OwnPrefix is the path under which a server answers by itself.
const OwnPrefix = "/-"

// GoesOn is what the caller of a run is told that takes longer than the caller
// waits: that it goes on, and where it is to be found. below is the path that the
// caller reaches the server under, without a slash at its end; empty for the root.
func GoesOn(below, run string) *report.Answer {
	at := below + OwnPrefix + "/runs/" + run
	body, err := json.Marshal(map[string]string{"run": run, "state": "running", "location": at})
	if err != nil { // texts
		body = []byte("{}")
	}
	return &report.Answer{
		Status: http.StatusAccepted, Body: append(body, '\n'),
		Headers: map[string]string{"Location": at, "Retry-After": "1", "Content-Type": "application/json"},
	}
}

// Patience returns how long the caller of a request waits whose route waits so
// long: Prefer can make it shorter.
func Patience(h http.Header, within time.Duration) time.Duration {
	if asked, ok := Preferred(h); ok {
		return min(within, asked)
	}
	return within
}

// Preferred returns how long a caller wants to wait: Prefer: respond-async,
// wait=10.
func Preferred(h http.Header) (time.Duration, bool) {
	async, wait := false, time.Duration(0)
	for _, line := range h.Values("Prefer") {
		for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
			name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch strings.ToLower(name) {
			case "respond-async":
				async = true
			case "wait":
				if n, err := strconv.Atoi(strings.Trim(text, `"`)); err == nil && n >= 0 && n < 86400 {
					wait = time.Duration(n) * time.Second
				}
			}
		}
	}
	return wait, async
}
