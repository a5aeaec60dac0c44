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
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/regex"
)

// statuses are ranges of statuses, both ends included.
type statuses [][2]int

var (
	oneStatus = regex.Late{Text: `^[1-5][0-9]{2}$`}
	hundred   = regex.Late{Text: `^[1-5][xX]{2}$`}
)

// usual are the statuses that are expected where a flow names none.
var usual = statuses{{200, 299}}

// parseStatuses reads 404, 2xx and 200-299.
func parseStatuses(texts []string) (statuses, error) {
	if len(texts) == 0 {
		return usual, nil
	}
	var out statuses
	for _, text := range texts {
		from, to, ranged := strings.Cut(text, "-")
		switch {
		case hundred.Get().MatchString(text):
			base := int(text[0]-'0') * 100
			out = append(out, [2]int{base, base + 99})
			continue
		case !oneStatus.Get().MatchString(from), ranged && (!oneStatus.Get().MatchString(to) || to < from):
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
var statusClasses = late.Value[map[int]connector.Class]{Make: func() map[int]connector.Class {
	return map[int]connector.Class{
		nethttp.StatusUnauthorized:               connector.ClassDenied,
		nethttp.StatusPaymentRequired:            connector.ClassDenied,
		nethttp.StatusForbidden:                  connector.ClassDenied,
		nethttp.StatusProxyAuthRequired:          connector.ClassDenied,
		nethttp.StatusUnavailableForLegalReasons: connector.ClassDenied,
		nethttp.StatusNotFound:                   connector.ClassNotFound,
		nethttp.StatusGone:                       connector.ClassNotFound,
		nethttp.StatusConflict:                   connector.ClassConflict,
		nethttp.StatusLocked:                     connector.ClassConflict,
		nethttp.StatusPreconditionFailed:         connector.ClassPrecondition,
		nethttp.StatusPreconditionRequired:       connector.ClassPrecondition,
		nethttp.StatusRequestTimeout:             connector.ClassTimeout,
		nethttp.StatusRequestEntityTooLarge:      connector.ClassQuota,
		nethttp.StatusInsufficientStorage:        connector.ClassQuota,
		nethttp.StatusTooEarly:                   connector.ClassUnavailable,
		nethttp.StatusTooManyRequests:            connector.ClassThrottled,
		nethttp.StatusNotImplemented:             connector.ClassInvalid,
		nethttp.StatusHTTPVersionNotSupported:    connector.ClassInvalid,
	}
}}

// classOf returns the class of a status. A service that is unavailable and says
// for how long is one that asks to be called less.
func classOf(status int, retryAfter bool) connector.Class {
	class, known := statusClasses.Get()[status]
	switch {
	case known:
		return class
	case status == nethttp.StatusServiceUnavailable && retryAfter:
		return connector.ClassThrottled
	case status >= nethttp.StatusInternalServerError:
		return connector.ClassUnavailable
	case status >= nethttp.StatusBadRequest:
		return connector.ClassInvalid
	default:
		return connector.ClassPrecondition // a success, or a redirect, of another kind than expected
	}
}

// refused reports whether a status says that nothing was done.
func refused(status int) bool { return sendsOn(status) || connector.StatusNotDone(status) }

// leadsOn reports whether an answer may say where to go instead.
func leadsOn(status int) bool {
	switch status {
	case nethttp.StatusMovedPermanently, nethttp.StatusFound, nethttp.StatusSeeOther:
		return true
	}
	return sendsOn(status)
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
		{Code: codeStatus, Class: connector.ClassPrecondition},
		{Code: codeNetwork, Class: connector.ClassUnavailable},
		{Code: codeHost, Class: connector.ClassUnavailable},
		{Code: codeTLS, Class: connector.ClassDenied},
		{Code: codeTimeout, Class: connector.ClassTimeout},
		{Code: codeAnswer, Class: connector.ClassUnavailable},
		{Code: codeTooLarge, Class: connector.ClassQuota},
		{Code: codeRedirects, Class: connector.ClassInvalid},
		{Code: codeOutside, Class: connector.ClassDenied},
		{Code: codeParameters, Class: connector.ClassInvalid},
		{Code: codeConnection, Class: connector.ClassInvalid},
	}
	for status := nethttp.StatusBadRequest; status < 600; status++ {
		if nethttp.StatusText(status) != "" {
			codes = append(codes, connector.ErrorCode{Code: codeOf(status), Class: classOf(status, false)})
		}
	}
	return codes
}

// commonErrors are the codes of statuses that have no name, and of credentials of
// the connection that are not to be had, beside those of the operation.
func commonErrors() []connector.ErrorCode {
	codes := []connector.ErrorCode{
		{Code: codeToken, Class: connector.ClassDenied},
		{Code: "CredentialsError", Class: connector.ClassDenied}, // for signatures of AWS
	}
	for status := nethttp.StatusBadRequest; status < 1000; status++ {
		if nethttp.StatusText(status) == "" {
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
	return &connector.Error{Code: codeParameters, Class: connector.ClassInvalid, Message: err.Error(), Err: err}
}
