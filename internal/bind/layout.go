package bind

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/schema"
)

var errLayout = errors.New("the layout has no part of the time 2006-01-02T15:04:05Z07:00")

// formatTime takes a layout of Go's package time.
func formatTime(fr *frame, args []any) (any, error) {
	t, err := timeOf(args[0])
	if err != nil {
		return nil, err
	}
	layout, err := textOf(args[1])
	switch {
	case err != nil:
		return nil, err
	case len(layout) > fr.left/16: // a part may be longer than its spelling
		return nil, errTooMuch
	case !isLayout(layout):
		return nil, errLayout
	}
	return t.Format(layout), nil
}

// isLayout reports whether a time written so tells something of the time.
func isLayout(layout string) bool {
	one := time.Date(1987, 11, 28, 22, 47, 39, 987654321, time.UTC)
	other := time.Date(2154, 9, 13, 8, 31, 56, 123456789, time.FixedZone("X", 5400))
	return one.Format(layout) != layout || other.Format(layout) != layout
}

// foreignYear is how other systems write the year, which never stands in a
// layout by chance, and other parts behind a percent sign.
var foreignYear = regex.Late{Text: `yyyy|YYYY|%[YmdHMSFTyBbAaIpjez]`}

// literalLayout reports a layout that is written as other systems do.
func literalLayout(r *rewriter, n *ast.CallNode, args []fact) {
	if len(n.Arguments) != 2 {
		return
	}
	if !r.otherTime(n, 0, args[0], schema.Timestamp) {
		r.literals(n.Arguments[0], schema.Timestamp)
	}
	literal, ok := n.Arguments[1].(*ast.StringNode)
	if !ok || isLayout(literal.Value) && !foreignYear.Get().MatchString(literal.Value) && namedLayout(literal.Value) == "" && (exampleLayout(literal.Value) == "" || r.unlike) {
		return
	}
	r.problemAt(literal.Location(), RuleType, strconv.Quote(literal.Value)+" is not a layout of a time", layoutHelp(literal.Value))
}

const layoutRule = "a layout shows how the time 2006-01-02T15:04:05.000Z07:00 would be written"

func layoutHelp(layout string) string {
	if as := translateLayout(layout); as != "" && isLayout(as) {
		return "write " + strconv.Quote(as) + ": " + layoutRule
	}
	return layoutRule + ", such as 2006-01-02 or 15:04"
}

// namedLayouts are words that other systems take for a layout.
var namedLayouts = map[string]string{
	"rfc3339": time.RFC3339, "iso8601": time.RFC3339, "iso": time.RFC3339, "date": time.DateOnly, "time": time.TimeOnly,
	"datetime": time.DateTime, "rfc1123": time.RFC1123, "rfc822": time.RFC822, "kitchen": time.Kitchen,
}

func namedLayout(name string) string {
	return namedLayouts[strings.ToLower(strings.ReplaceAll(name, "-", ""))]
}

// patternParts are those of Java, .NET, moment.js and others, longer ones
// first; percentParts those of strftime.
var (
	patternParts = strings.NewReplacer(
		"yyyy", "2006", "YYYY", "2006", "uuuu", "2006", "yy", "06", "YY", "06",
		"MMMM", "January", "MMM", "Jan", "MM", "01", "dddd", "Monday", "ddd", "Mon", "dd", "02", "DD", "02",
		"EEEE", "Monday", "EEE", "Mon", "HH", "15", "hh", "03", "mm", "04", "ss", "05", "SSSSSS", "000000", "SSS", "000", "fff", "000",
		"XXX", "Z07:00", "ZZZ", "-0700", "ZZ", "-0700", "zzz", "MST", "'T'", "T", "'Z'", "Z", "tt", "PM", " A", " PM", " a", " PM",
	)
	percentParts = strings.NewReplacer(
		"%Y", "2006", "%y", "06", "%m", "01", "%-m", "1", "%B", "January", "%b", "Jan", "%d", "02", "%-d", "2", "%e", "_2",
		"%A", "Monday", "%a", "Mon", "%H", "15", "%I", "03", "%M", "04", "%S", "05", "%p", "PM", "%f", "000000", "%L", "000",
		"%j", "002", "%z", "-0700", "%Z", "MST", "%F", time.DateOnly, "%T", time.TimeOnly, "%%", "%",
	)
)

// exampleLayout returns the layout that a time is written in which stands there
// as an example, and is another one than that of layouts.
func exampleLayout(text string) string {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04", time.DateOnly, "2006/01/02", "20060102", "2006-01"} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() != 2006 && t.Year() > 1900 && t.Year() < 2200 {
			return layout
		}
	}
	return ""
}

func translateLayout(layout string) string {
	if as := cmp.Or(namedLayout(layout), exampleLayout(layout)); as != "" {
		return as
	}
	if strings.Contains(layout, "%") {
		return percentParts.Replace(layout)
	}
	return patternParts.Replace(layout)
}
