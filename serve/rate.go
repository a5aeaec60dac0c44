package serve

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/limit"
	"github.com/medlar-flow/medlar/serve/auth"
)

// mostCallers is how many callers of a route are counted; who came last is.
const mostCallers = 10_000

// limited counts the callers of a route that has a limit. One that had the same limit
// before new files were taken goes on with what it has counted.
func (r *route) limited(before *table) {
	rate := limit.Rate{Count: r.trigger.RateCount, Per: r.trigger.RatePer}
	if rate.Count == 0 {
		return
	}
	if before != nil {
		if old := before.byName[r.key()]; old != nil && old.callers != nil && old.rate == rate {
			r.callers, r.rate = old.callers, rate
			return
		}
	}
	r.callers, r.rate = limit.NewKeys(rate, mostCallers), rate
}

// mayCall counts a request of a caller; the problem says when there is room for another
// one.
func (r *route) mayCall(x *exchange, req *http.Request, who auth.Caller, now time.Time) *report.Problem {
	wait, p := r.tooMany(who, addressOf(req.RemoteAddr), now)
	if p != nil {
		x.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10))
	}
	return p
}

// tooMany counts a request of a caller, who is known by where it comes from if nothing
// else says who it is. The problem says that there is no room for it, and wait when
// there is again.
func (r *route) tooMany(who auth.Caller, from string, now time.Time) (wait time.Duration, p *report.Problem) {
	if r.callers == nil {
		return 0, nil
	}
	key := "caller " + string(who.ID)
	if who.ID == "" {
		key = "address " + from
	}
	wait, ok := r.callers.Allow(key, now)
	if ok {
		return 0, nil
	}
	return wait, &report.Problem{
		Status: http.StatusTooManyRequests, Code: "TooManyRequests",
		Detail: fmt.Sprintf("the %s takes %s of a caller", r.kind(), r.rate), Help: "send the request again later",
	}
}

// kind is what people call the trigger.
func (r *route) kind() string {
	if r.trigger.Tool != nil {
		return "tool"
	}
	return "route"
}

// addressOf is what an address is counted as: a machine, or for IPv6 its network, of
// which a machine has as many addresses as it likes.
func addressOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	ip := net.ParseIP(host)
	if ip == nil || ip.To4() != nil {
		return host
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}

// ignoreUnsupported is nil for what a store does not have.
func ignoreUnsupported(err error) error {
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
