package direct

import (
	"net/http"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// skew is how far the server's clock is ahead of this machine's.
type skew struct {
	ahead time.Duration
	known bool
}

// longestTrusted is how long a call may take for its response to tell of the
// clocks; the SDK has the same bound.
const longestTrusted = 15 * time.Minute

// skewOf compares the Date of a response with the middle between sending and
// receiving. A cache's Date says nothing of now.
func skewOf(h http.Header, sent, received time.Time) skew {
	date := h.Get("Date")
	took := received.Sub(sent)
	if date == "" || h.Get("Age") != "" || took > longestTrusted {
		return skew{}
	}
	server, err := smithyhttp.ParseTime(date)
	if err != nil || server.IsZero() {
		return skew{}
	}
	return skew{ahead: server.Sub(sent.Add(took / 2)), known: true}
}
