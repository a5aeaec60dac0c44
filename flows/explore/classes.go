package explore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/regex"
)

// mentioned are the words of the flow's files: a class or a code that stands in
// none of them is one that the flow can't tell from others.
type mentioned map[string]bool

var word = regex.Late{Text: `[A-Za-z][A-Za-z0-9._-]*`}

var errRead = errors.New("read")

// mentions reads the files of a flow. Nothing of it runs.
func mentions(ctx context.Context, s *flowtest.Suite) mentioned {
	words := mentioned{}
	var files map[string][]byte
	for _, t := range s.Tests() {
		probeOf(t).Inspect(ctx, func(e runtime.Execution) error {
			files = e.Files()
			return errRead
		})
		if files != nil {
			break
		}
	}
	for _, text := range files {
		for _, w := range word.Get().FindAllString(string(text), -1) {
			words[w] = true
		}
	}
	return words
}

// defaults stand for the errors of an operation that can give all.
var defaults = []connector.ErrorCode{
	{Code: "Throttled", Class: connector.ClassThrottled},
	{Code: "ServiceUnavailable", Class: connector.ClassUnavailable},
	{Code: "Timeout", Class: connector.ClassTimeout},
	{Code: "AccessDenied", Class: connector.ClassDenied},
	{Code: "Conflict", Class: connector.ClassConflict},
	{Code: "PreconditionFailed", Class: connector.ClassPrecondition},
	{Code: "NotFound", Class: connector.ClassNotFound},
	{Code: "Invalid", Class: connector.ClassInvalid},
	{Code: "QuotaExceeded", Class: connector.ClassQuota},
	{Code: "ExpiredToken", Class: connector.ClassExpired},
	{Code: "InternalError", Class: connector.ClassInternal},
	{Code: "FunctionError", Class: connector.ClassFunction},
}

// errorsOf returns one error for each group of them that the flow can tell
// apart, of those that a call can fail with; and the same of those that can come
// of a call that worked.
func (m mentioned) errorsOf(a *runtime.Attempt) (surely, perhaps []connector.ErrorCode) {
	codes := slices.Clone(a.Operation.Errors)
	all := a.Operation.OtherErrors || len(codes) == 0
	if a.Owner != nil && a.Owner.CommonErrors != nil {
		common := slices.Clone(a.Owner.CommonErrors())
		slices.SortFunc(common, func(a, b connector.ErrorCode) int { return cmp.Compare(a.Code, b.Code) })
		codes = append(codes, common...)
	} else {
		all = true
	}
	if all {
		for _, d := range defaults {
			if d.Class != connector.ClassFunction || m["function"] {
				codes = append(codes, d)
			}
		}
	}
	return m.groups(codes, nil), m.groups(codes, vague)
}

// errorsOf returns what the errorsOf of the names does, which is the same for all
// calls of an operation.
func (x *search) errorsOf(a *runtime.Attempt) (surely, perhaps []connector.ErrorCode) {
	known, ok := x.errors[a.Operation]
	if !ok {
		known.surely, known.perhaps = x.names.errorsOf(a)
		x.errors[a.Operation] = known
	}
	return known.surely, known.perhaps
}

// errorCodes are what errorsOf returns.
type errorCodes struct{ surely, perhaps []connector.ErrorCode }

// groups returns the first error of each group, of those that fit.
func (m mentioned) groups(codes []connector.ErrorCode, fits func(connector.Class) bool) []connector.ErrorCode {
	var list []connector.ErrorCode
	seen := map[string]bool{}
	for _, c := range codes {
		if fits != nil && !fits(c.Class) {
			continue
		}
		if id := m.group(c); !seen[id] {
			seen[id] = true
			list = append(list, c)
		}
	}
	return list
}

// group names what a flow knows of an error: whether it is tried again where
// nothing is said, and the names of it that stand in the flow.
func (m mentioned) group(c connector.ErrorCode) string {
	var known []string
	if c.Class == connector.ClassThrottled || c.Class == connector.ClassUnavailable {
		known = append(known, "again")
	}
	for _, name := range append([]string{string(c.Class), c.Code}, c.Aliases...) {
		if m[name] {
			known = append(known, name)
		}
	}
	return strings.Join(known, " ")
}

// vague reports whether an error of a class can come of a call that worked.
func vague(c connector.Class) bool {
	return c == connector.ClassUnavailable || c == connector.ClassTimeout || c == connector.ClassInternal
}
