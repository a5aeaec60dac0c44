package agents

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// exact has a handler of the library read messages over HTTP as those of lines are read:
// with numbers that come back as they came, and no member twice. maxBody bounds a request.
func (a *Agents) exact(next http.Handler, maxBody int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method != http.MethodPost || req.Body == nil {
			next.ServeHTTP(&exactWriter{w, a.numbers}, req) // what comes on a stream names requests, too
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
		var long *http.MaxBytesError
		switch {
		case errors.As(err, &long):
			http.Error(w, "the request is too long", http.StatusRequestEntityTooLarge)
			return
		case err != nil:
			http.Error(w, "the request broke off", http.StatusBadRequest)
			return
		}
		if len(body) > mostBegin && begins(body) {
			http.Error(w, "the request is too long for one that begins a session", http.StatusRequestEntityTooLarge)
			return
		}
		if name, ok := namedTwice(body); ok {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write(refused(json.RawMessage("null"), jsonrpc.CodeInvalidRequest, twice(name)))
			return
		}
		as := *req
		body = a.numbers.standAll(body)
		if as.ContentLength >= 0 {
			as.ContentLength = int64(len(body))
		}
		as.Body = struct {
			io.Reader
			io.Closer
		}{bytes.NewReader(body), req.Body}
		next.ServeHTTP(&exactWriter{w, a.numbers}, &as)
	})
}

// roomForNumbers is how many bytes longer a request may become by what stands for its
// numbers: those of the few that a message has.
const roomForNumbers = 4 << 10

// standAll is stand for a message, or a batch of them. What is neither stays as it is.
func (n numbers) standAll(body []byte) []byte {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil {
		changed := false
		for i, one := range list {
			again := n.standAll(one)
			changed = changed || !bytes.Equal(again, one)
			list[i] = again
		}
		if again, err := json.Marshal(list); err == nil && changed {
			return again
		}
		return body
	}
	members := map[string]json.RawMessage{}
	if json.Unmarshal(body, &members) != nil || !n.stand(members) {
		return body
	}
	if again, err := json.Marshal(members); err == nil {
		return again
	}
	return body
}

// exactWriter writes numbers as they came. The library writes each message at once.
type exactWriter struct {
	http.ResponseWriter

	numbers numbers
}

// Write writes a part of the answer.
func (w *exactWriter) Write(text []byte) (int, error) {
	if _, err := w.ResponseWriter.Write(w.numbers.told(text)); err != nil {
		return 0, err //nolint:wrapcheck // it is that of the connection
	}
	return len(text), nil
}

// Unwrap is for http.ResponseController.
func (w *exactWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
