package direct

import (
	"net/http"
	"strings"
	"sync/atomic"
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

// dates reads the Date of responses. A service says the same one for a second.
type dates struct{ latest atomic.Pointer[date] }

type date struct {
	text string
	at   time.Time
}

func (d *dates) read(text string) (time.Time, bool) {
	if known := d.latest.Load(); known != nil && known.text == text {
		return known.at, true
	}
	at, err := smithyhttp.ParseTime(text)
	if err != nil || at.IsZero() {
		return at, false
	}
	d.latest.Store(&date{strings.Clone(text), at}) // text is a part of its response
	return at, true
}

// skewOf compares the Date of a response with the middle between sending and
// receiving. A cache's Date says nothing of now.
func (d *dates) skewOf(h http.Header, sent, received time.Time) skew {
	text := first(h["Date"])
	took := received.Sub(sent)
	if text == "" || first(h["Age"]) != "" || took > longestTrusted {
		return skew{}
	}
	server, ok := d.read(text)
	if !ok {
		return skew{}
	}
	return skew{ahead: server.Sub(sent.Add(took / 2)), known: true}
}

// first returns the first value of a header, as http.Header.Get does.
func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
