package http

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	nethttp "net/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/regex"
)

// statuses are ranges of statuses, both ends included.
type statuses [][2]int

var (
	oneStatus = regex.Late(`^[1-5][0-9]{2}$`)
	hundred   = regex.Late(`^[1-5][xX]{2}$`)
)

// parseStatuses reads 404, 2xx and 200-299.
func parseStatuses(texts []string) (statuses, error) {
	if len(texts) == 0 {
		return statuses{{200, 299}}, nil
	}
	var out statuses
	for _, text := range texts {
		from, to, ranged := strings.Cut(text, "-")
		switch {
		case hundred().MatchString(text):
			base := int(text[0]-'0') * 100
			out = append(out, [2]int{base, base + 99})
			continue
		case !oneStatus().MatchString(from), ranged && (!oneStatus().MatchString(to) || to < from):
			return nil, fmt.Errorf("expectStatus: %q is no status: write 404, 2xx or 200-299", text)
		}
		low, _ := strconv.Atoi(from)
		high, _ := strconv.Atoi(cmp.Or(to, from))
		out = append(out, [2]int{low, high})
	}
	return out, nil
}

func (s statuses) has(status int) bool {
	return slices.ContainsFunc(s, func(r [2]int) bool { return status >= r[0] && status <= r[1] })
}

// statusClasses are the classes of statuses; other ones of 400 and more are
// invalid, of 500 and more unavailable.
var statusClasses = map[int]connector.Class{
	nethttp.StatusUnauthorized:               connector.Denied,
	nethttp.StatusPaymentRequired:            connector.Denied,
	nethttp.StatusForbidden:                  connector.Denied,
	nethttp.StatusProxyAuthRequired:          connector.Denied,
	nethttp.StatusUnavailableForLegalReasons: connector.Denied,
	nethttp.StatusNotFound:                   connector.NotFound,
	nethttp.StatusGone:                       connector.NotFound,
	nethttp.StatusConflict:                   connector.Conflict,
	nethttp.StatusLocked:                     connector.Conflict,
	nethttp.StatusPreconditionFailed:         connector.Precondition,
	nethttp.StatusPreconditionRequired:       connector.Precondition,
	nethttp.StatusRequestTimeout:             connector.Timeout,
	nethttp.StatusRequestEntityTooLarge:      connector.Quota,
	nethttp.StatusInsufficientStorage:        connector.Quota,
	nethttp.StatusTooEarly:                   connector.Unavailable,
	nethttp.StatusTooManyRequests:            connector.Throttled,
	nethttp.StatusNotImplemented:             connector.Invalid,
	nethttp.StatusHTTPVersionNotSupported:    connector.Invalid,
}

// classOf gives the class of a status. A service that is unavailable and says
// for how long is one that asks to be called less.
func classOf(status int, retryAfter bool) connector.Class {
	class, known := statusClasses[status]
	switch {
	case known:
		return class
	case status == nethttp.StatusServiceUnavailable && retryAfter:
		return connector.Throttled
	case status >= nethttp.StatusInternalServerError:
		return connector.Unavailable
	case status >= nethttp.StatusBadRequest:
		return connector.Invalid
	default:
		return connector.Precondition // a success, or a redirect, of another kind than expected
	}
}

// refused is true for a status that says that nothing was done.
func refused(status int, retryAfter bool) bool {
	switch status {
	case nethttp.StatusNotImplemented, nethttp.StatusHTTPVersionNotSupported,
		nethttp.StatusTemporaryRedirect, nethttp.StatusPermanentRedirect:
		return true
	case nethttp.StatusServiceUnavailable:
		return retryAfter
	default:
		return status >= nethttp.StatusBadRequest && status < nethttp.StatusInternalServerError
	}
}

// sendsOn reports whether a status asks for the same request elsewhere, with
// its body.
func sendsOn(status int) bool {
	return status == nethttp.StatusTemporaryRedirect || status == nethttp.StatusPermanentRedirect
}

// codeOf names a status: NotFound, ImATeapot, and Status499 for one without a
// name.
func codeOf(status int) string {
	if status < nethttp.StatusBadRequest {
		return codeStatus
	}
	name := nethttp.StatusText(status)
	if name == "" {
		return fmt.Sprintf("Status%d", status)
	}
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(strings.ReplaceAll(name, "'", ""), func(r rune) bool { return !unicode.IsLetter(r) }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// documented are the codes that a request can fail with.
func documented() []connector.ErrorCode {
	codes := []connector.ErrorCode{
		{Code: codeStatus, Class: connector.Precondition},
		{Code: codeNetwork, Class: connector.Unavailable},
		{Code: codeHost, Class: connector.Unavailable},
		{Code: codeTLS, Class: connector.Denied},
		{Code: codeTimeout, Class: connector.Timeout},
		{Code: codeAnswer, Class: connector.Unavailable},
		{Code: codeTooLarge, Class: connector.Quota},
		{Code: codeRedirects, Class: connector.Invalid},
		{Code: codeOutside, Class: connector.Denied},
		{Code: codeParameters, Class: connector.Invalid},
		{Code: codeConnection, Class: connector.Invalid},
	}
	for status := nethttp.StatusBadRequest; status < 600; status++ {
		if nethttp.StatusText(status) != "" {
			codes = append(codes, connector.ErrorCode{Code: codeOf(status), Class: classOf(status, false)})
		}
	}
	return codes
}

func invalidParameters(err error) *connector.Error {
	var done *connector.Error
	if errors.As(err, &done) {
		return done
	}
	return &connector.Error{Code: codeParameters, Class: connector.Invalid, Message: err.Error(), Err: err}
}
