package http

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/textproto"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/internal/http1"
)

// exchange is one call of http.request: a request, what it was redirected to,
// and the answer.
type exchange struct {
	in         requestIn
	effect     connector.Effect
	connection *connection
	first      *nethttp.Request
	// watch knows what left: of the first request, of what it was redirected to, and of
	// what was sent again on another connection.
	watch http1.Watch
	until time.Time // the request ends, and its answer
	// signs is true where requests to the host of the first one are signed.
	signs bool
	// token is one that was fetched: nobody else knows it for a secret.
	token string
	made  made
}

// run makes the request and reads its answer.
func (x *exchange) run(ctx context.Context, call *connector.Call) (map[string]any, error) {
	x.effect = effectOf(x.in.Method)
	out, err := x.answered(ctx, call)
	if err == nil {
		return out, nil
	}
	var failure *connector.Error
	if errors.As(err, &failure) {
		failure.Requests = x.watch.Requests()
	}
	return nil, err
}

func (x *exchange) answered(ctx context.Context, call *connector.Call) (out map[string]any, err error) {
	expected, err := parseStatuses(x.in.ExpectStatus)
	if err == nil && x.in.Timeout <= 0 {
		err = errNoTimeout
	}
	if err != nil {
		return nil, invalidParameters(err)
	}
	x.until = time.Now().Add(x.in.Timeout)
	x.watch.Bound(x.until, errTooSlow)
	if err := x.newRequest(ctx, call); err != nil {
		return nil, invalidParameters(err)
	}
	resp, err := x.send(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = resp.Body.Close() // it was only read
		if err == nil && out != nil && resp.Request == x.first && http1.Recycle(resp) {
			x.leave()
		}
	}()
	return x.taken(ctx, resp, expected)
}

// taken returns what the flow gets of an answer.
func (x *exchange) taken(ctx context.Context, resp *nethttp.Response, expected statuses) (map[string]any, error) {
	body, err := x.read(resp)
	switch {
	case !expected.has(resp.StatusCode):
		return nil, x.unexpected(resp, body) // even if not all of the body was there
	case errors.Is(err, errTooLarge):
		return nil, x.tooLarge(resp)
	case errors.Is(err, errGzip):
		return nil, x.unreadable(resp, connector.ClassUnavailable, err.Error())
	case err != nil:
		return nil, x.failure(ctx, err)
	}
	if encoding := foreignEncoding(resp); encoding != "" && len(body) > 0 && x.in.ReadAs != "bytes" {
		return nil, x.unreadable(resp, connector.ClassInvalid, fmt.Sprintf(
			"the body is compressed with %s, which is not read: leave Accept-Encoding to the connector, or take it with readAs: bytes", encoding))
	}
	return x.answer(resp, body)
}

// send makes the request with what the connection adds to it. One whose token
// was refused is sent once more with another.
func (x *exchange) send(ctx context.Context) (*nethttp.Response, error) {
	conn := x.connection
	trusted := conn.trusts(x.first.URL) && first(x.first.Header, "Authorization") == ""
	x.signs = conn.sign != nil && trusted
	if conn.token == nil || !trusted {
		return x.do(ctx)
	}
	bounded, cancel := context.WithDeadlineCause(ctx, x.until, errTooSlow)
	defer cancel()
	used, err := conn.token.get(bounded, "")
	if err != nil {
		return nil, err
	}
	x.first.Header.Set("Authorization", "Bearer "+used)
	x.token = used
	resp, err := x.do(ctx)
	if err != nil || resp.StatusCode != nethttp.StatusUnauthorized || !sameOrigin(x.first.URL, resp.Request.URL) {
		return resp, err
	}
	fresh, err := conn.token.get(bounded, used)
	if err != nil {
		resp.Body.Close() //nolint:errcheck,gosec // it is not read
		return nil, err
	}
	again := x.first.Clone(x.first.Context())
	if x.first.GetBody != nil {
		if again.Body, err = x.first.GetBody(); err != nil {
			return resp, nil //nolint:nilerr // the answer stands
		}
	}
	resp.Body.Close() //nolint:errcheck,gosec // it is not read
	again.Header.Set("Authorization", "Bearer "+fresh)
	x.token = fresh
	x.first = again
	return x.do(ctx)
}

// do makes the request. Where the answer leads elsewhere, net/http goes there.
func (x *exchange) do(ctx context.Context) (*nethttp.Response, error) {
	resp, err := x.RoundTrip(x.first)
	if err == nil && leadsOn(resp.StatusCode) && x.in.MaxRedirects > 0 {
		client := &nethttp.Client{Transport: &leading{exchange: x, answer: resp}, CheckRedirect: x.redirect}
		resp, err = client.Do(x.first)
	}
	var own *connector.Error
	switch {
	case err == nil:
		return resp, nil
	case errors.As(err, &own):
		return nil, own // of the signer
	default:
		return nil, x.failure(ctx, err)
	}
}

// RoundTrip sends a request, signed where it goes to the host that the flow named.
func (x *exchange) RoundTrip(r *nethttp.Request) (*nethttp.Response, error) {
	if x.signs && sameOrigin(x.first.URL, r.URL) {
		var err error
		if r, err = x.connection.signed(r); err != nil {
			return nil, err
		}
	}
	return x.connection.transport.Watched(r, &x.watch) //nolint:wrapcheck // failure words it
}

// leading is an exchange whose first request has its answer.
type leading struct {
	*exchange

	answer *nethttp.Response // nil once it was given
}

// RoundTrip gives the answer that is there, and sends what follows from it.
func (a *leading) RoundTrip(r *nethttp.Request) (*nethttp.Response, error) {
	if resp := a.answer; resp != nil {
		a.answer = nil
		return resp, nil
	}
	return a.exchange.RoundTrip(r)
}

// errTooSlow ends a request whose timeout is over; errRedirects one that is
// sent from place to place.
var (
	errTooSlow   = errors.New("the timeout is over")
	errRedirects = errors.New("too many redirects")
	errTooLarge  = errors.New("the body is too large")
)

// redirect says whether to follow a redirect, and with which headers.
func (x *exchange) redirect(req *nethttp.Request, via []*nethttp.Request) error {
	switch {
	case x.in.MaxRedirects == 0:
		return nethttp.ErrUseLastResponse
	case len(via) > x.in.MaxRedirects:
		return errRedirects
	}
	req.Header.Del("Referer") // its query is nobody else's business
	stay := sameOrigin(via[0].URL, req.URL)
	for _, earlier := range via {
		stay = stay && sameOrigin(via[0].URL, earlier.URL)
	}
	switch {
	case stay:
		return nil
	case req.Body != nil && req.Body != nethttp.NoBody:
		return nethttp.ErrUseLastResponse // 307 or 308, which would send the body on
	}
	for name := range req.Header {
		if !harmless.Get()[textproto.CanonicalMIMEHeaderKey(name)] {
			delete(req.Header, name)
		}
	}
	req.Host = ""
	return nil
}

// harmless are the headers that may go to another host than the flow named.
var harmless = late.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"Accept": true, "Accept-Language": true, "Content-Type": true, "Content-Language": true, "User-Agent": true,
		"Idempotency-Key": true, "X-Idempotency-Key": true,
	}
}}

// read returns the body, up to the limit.
func (x *exchange) read(resp *nethttp.Response) ([]byte, error) {
	limit := x.in.MaxResponseBytes
	from, length := io.Reader(resp.Body), resp.ContentLength
	// Where the flow gave an Accept-Encoding of its own, net/http leaves it.
	if isGzip(first(resp.Header, "Content-Encoding")) && !resp.Uncompressed && resp.Request.Method != nethttp.MethodHead {
		unpacked, err := gzip.NewReader(from)
		switch {
		case errors.Is(err, io.EOF):
			return nil, nil // nothing at all
		case err != nil:
			return nil, damagedGzip(err)
		}
		from, length = unpacked, -1
	}
	body, err := readAll(from, length, limit)
	if from != io.Reader(resp.Body) || resp.Uncompressed {
		err = damagedGzip(err)
	}
	if int64(len(body)) > limit {
		return body[:limit], errTooLarge
	}
	return body, err //nolint:wrapcheck // failure words it
}

// mostAtOnce is the largest body that gets its memory before it is there.
const mostAtOnce = 1 << 20

// readAll reads up to a byte more than the limit. length is what the server says that
// there is; negative for nothing.
func readAll(from io.Reader, length, limit int64) ([]byte, error) {
	if length <= 0 || length > min(limit, mostAtOnce) {
		return io.ReadAll(io.LimitReader(from, limit+1)) //nolint:wrapcheck // the caller words it
	}
	body := make([]byte, length)
	n, err := io.ReadFull(from, body)
	if err != nil {
		return body[:n], err //nolint:wrapcheck // as above
	}
	return body, nil
}

func isGzip(encoding string) bool {
	encoding = strings.TrimSpace(encoding)
	return strings.EqualFold(encoding, "gzip") || strings.EqualFold(encoding, "x-gzip")
}

// errGzip says that a body is not compressed as its Content-Encoding says.
var errGzip = errors.New("the body is not the gzip that its Content-Encoding says, or it is damaged")

// damagedGzip returns errGzip for what the reader of gzip finds wrong, and any
// other error as it is.
func damagedGzip(err error) error {
	var corrupt flate.CorruptInputError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt) {
		return errGzip
	}
	return err
}

// foreignEncoding returns the compression of a body that is not read; empty for
// none. net/http has taken away that which it undid.
func foreignEncoding(resp *nethttp.Response) string {
	for encoding := range strings.SplitSeq(first(resp.Header, "Content-Encoding"), ",") {
		if encoding = strings.ToLower(strings.TrimSpace(encoding)); encoding != "" && encoding != "identity" && !isGzip(encoding) {
			return encoding
		}
	}
	return ""
}

// isTimeout reports whether a part of the exchange took too long by itself.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
