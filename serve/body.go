package serve

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
)

// readBody reads the body, within its bounds.
func (s *Server) readBody(w http.ResponseWriter, req *http.Request) ([]byte, *report.Problem) {
	if req.ContentLength > s.config.MaxBody {
		return nil, s.tooLarge()
	}
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.config.ReadTime))
	raw, err := io.ReadAll(http.MaxBytesReader(w, req.Body, s.config.MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, s.tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &report.Problem{Status: http.StatusRequestTimeout, Code: "BodyTooSlow", Detail: "the body did not arrive in time", Help: "send it at once, within " + s.config.ReadTime.String()}
	case err != nil:
		return nil, &report.Problem{Status: http.StatusBadRequest, Code: "BadBody", Detail: "the body cannot be read", Help: "send the request again, as HTTP says"}
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // the caller may take its time to wait
	return raw, nil
}

// readPlain is readBody for a body that is not compressed: what it says is read as it is.
func (s *Server) readPlain(w http.ResponseWriter, req *http.Request) ([]byte, *report.Problem) {
	if p := event.Uncompressed(req.Header); p != nil {
		return nil, p
	}
	return s.readBody(w, req)
}

func (s *Server) tooLarge() *report.Problem {
	return &report.Problem{Status: http.StatusRequestEntityTooLarge, Code: "BodyTooLarge", Detail: "the body is larger than the server takes", Help: fmt.Sprintf("send at most %d bytes", s.config.MaxBody)}
}
