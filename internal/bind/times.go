package bind

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// Durations and timestamps are text in every value, and are read when an
// expression computes with them or compares them. What is one is known from
// its type alone: a value that was recorded and read again behaves the same.

var (
	durationField  = &schema.Field{Type: schema.Duration}
	timestampField = &schema.Field{Type: schema.Timestamp}
)

var (
	errDuration = errors.New("the text is not a duration such as 1m30s or 90d")
	errTime     = errors.New("the text is not a time such as 2006-01-02T15:04:05Z")
	errLong     = errors.New("the duration is longer than 292 years")
	errYear     = errors.New("the time is not within the years 0 to 9999")
)

// timeLayouts are the forms of a time: RFC 3339, as AWS Lambda writes it, as
// AWS signs it, and as HTTP headers have it. A fraction of a second may stand
// in each of the first two.
var timeLayouts = [...]string{time.RFC3339, "2006-01-02T15:04:05Z0700", "20060102T150405Z", "Mon, 02 Jan 2006 15:04:05 GMT"}

func parseTimeText(text string) (time.Time, error) {
	for _, layout := range &timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return inYears(t)
		}
	}
	return time.Time{}, errTime
}

// inYears refuses what RFC 3339 cannot write.
func inYears(t time.Time) (time.Time, error) {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return time.Time{}, errYear
	}
	return t, nil
}

func durationOf(v any) (time.Duration, error) {
	s, ok := v.(string)
	if !ok {
		return 0, wrongType("duration", v)
	}
	d, err := schema.ParseDuration(s)
	if err != nil {
		return 0, errDuration
	}
	return d, nil
}

func timeOf(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, wrongType("timestamp", v)
	}
	return parseTimeText(s)
}

const (
	firstSecond = -62167219200 // 0000-01-01T00:00:00Z
	lastSecond  = 253402300799 // 9999-12-31T23:59:59Z
)

var errEpoch = errors.New("the seconds since 1970 are beyond the year 9999: divide milliseconds by 1000")

// epoch is a time from seconds since 1970.
func epoch(seconds int64) (time.Time, error) {
	if seconds < firstSecond || seconds > lastSecond {
		return time.Time{}, errEpoch
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// epochNumber keeps microseconds, which is what a number has digits for.
func epochNumber(seconds float64) (time.Time, error) {
	if !(seconds >= firstSecond && seconds <= lastSecond) {
		return time.Time{}, errEpoch
	}
	return time.UnixMicro(int64(math.Round(seconds * 1e6))).UTC(), nil
}

// anyTime is what parseTime reads: a form of timeLayouts, or seconds since
// 1970 as a number or as text.
func anyTime(v any) (time.Time, error) {
	switch x := v.(type) {
	case int64:
		return epoch(x)
	case float64:
		return epochNumber(x)
	case string:
		if x == "" || strings.Trim(x, "0123456789.") != "" {
			return parseTimeText(x)
		}
		if i, err := strconv.ParseInt(x, 10, 64); err == nil {
			return epoch(i)
		}
		if f, err := strconv.ParseFloat(x, 64); err == nil {
			return epochNumber(f)
		}
		return time.Time{}, errTime
	}
	return time.Time{}, wrongType("timestamp", v)
}

// A key of a duration or a timestamp is a value that orders as they do: the
// nanoseconds, and UTC text of one length.
const keyLayout = "2006-01-02T15:04:05.000000000"

func durationKey(v any) (any, error) {
	d, err := durationOf(v)
	if err != nil {
		return nil, err
	}
	return int64(d), nil
}

func timestampKey(v any) (any, error) {
	t, err := timeOf(v)
	if err != nil {
		return nil, err
	}
	return t.Format(keyLayout), nil
}

// keyOf is the way to a type's keys.
func keyOf(kind schema.Type) func(any) (any, error) {
	if kind == schema.Duration {
		return durationKey
	}
	return timestampKey
}

// lenient leaves as it is what has no key, which equals none.
func lenient(key func(any) (any, error)) func(any) any {
	return func(v any) any {
		k, err := key(v)
		if err != nil {
			return v
		}
		return k
	}
}

// SameTime reports whether two texts are the same duration or timestamp. What is
// none is the same as none.
func SameTime(kind schema.Type, a, b any) bool {
	x, err := keyOf(kind)(a)
	if err != nil {
		return false
	}
	y, err := keyOf(kind)(b)
	return err == nil && x == y
}

// NoTime returns how a duration or timestamp is written where text is none, else
// nothing.
func NoTime(kind schema.Type, text string) (help string) {
	if _, err := keyOf(kind)(text); err == nil {
		return ""
	}
	return timeHelp(kind, text)
}

// keysOf turns the elements of a list into keys. Anything else stays.
func keysOf(key func(any) any, v any) any {
	list, err := listOf(v)
	if err != nil {
		return v
	}
	out := make([]any, len(list))
	for i, elem := range list {
		out[i] = key(elem)
	}
	return out
}

// timeOperators are the functions that stand for operators on times.
func timeOperators() []*function {
	one := func(name string, kind schema.Type, gives reflect.Type, fn func(any) (any, error)) *function {
		return &function{name: name, check: takesTime(gives, kind), call: func(_ *frame, args []any) (any, error) { return fn(args[0]) }}
	}
	const d, t = schema.Duration, schema.Timestamp
	list := []*function{
		{name: "$negateDuration", check: takesTime(goString, d), call: negateDuration},
		{name: "$addDurations", check: takesTime(goString, d, d), call: addDurations},
		{name: "$subtractDurations", check: takesTime(goString, d, d), call: subtractDurations},
		{name: "$scaleDuration", check: takesTime(goString, d, schema.Number), call: scaleDuration},
		{name: "$divideDuration", check: takesTime(goString, d, schema.Number), call: divideDuration},
		{name: "$sumDurations", label: "sum", types: signatures((func([]any) string)(nil)), framed: true, call: sumDurations},
		{name: "$addToTime", check: takesTime(goString, t, d), call: addToTime},
		{name: "$subtractFromTime", check: takesTime(goString, t, d), call: subtractFromTime},
		{name: "$between", check: takesTime(goString, t, t), call: between},
	}
	for kind, suffix := range timeKinds {
		key, gives := keyOf(kind), goString
		if kind == schema.Duration {
			gives = goInteger
		}
		same := lenient(key)
		list = append(list,
			one(keyName+suffix, kind, gives, key),
			one(sameName+suffix, kind, gives, func(v any) (any, error) { return same(v), nil }),
			&function{
				name: keysName + suffix, types: signatures((func(any) []any)(nil)), framed: true,
				call: func(_ *frame, args []any) (any, error) { return keysOf(same, args[0]), nil },
			},
			&function{
				name: "$uniq" + suffix, types: signatures((func([]any) []any)(nil)), framed: true,
				call: func(_ *frame, args []any) (any, error) { return uniqBy(same, args[0]) },
			},
		)
		for name, sign := range map[string]int{"max": 1, "min": -1} {
			list = append(list, &function{
				name: "$" + name + suffix, label: name, types: signatures((func(...any) string)(nil)), framed: true,
				call: func(_ *frame, args []any) (any, error) { return extremeTime(args, key, sign) },
			})
		}
	}
	return list
}

// What the names of the functions begin with that give keys, and how they end.
const (
	keyName  = "$key"     // of what must be one
	sameName = "$sameKey" // of what is to equal one
	keysName = "$keys"    // of a list's elements
)

var timeKinds = map[schema.Type]string{schema.Duration: "Duration", schema.Timestamp: "Timestamp"}

// takesTime makes the check of a function's arguments: text, or what is not
// known, for each duration and timestamp, and numbers.
func takesTime(gives reflect.Type, kinds ...schema.Type) func([]reflect.Type) (reflect.Type, error) {
	return func(args []reflect.Type) (reflect.Type, error) {
		for i, kind := range kinds {
			switch t := args[i]; {
			case t == nil, t == goAny, t == goString && isTime(kind), t == goInteger && !isTime(kind), t == goNumber && !isTime(kind):
				continue
			case isTime(kind):
				return nil, errors.New("expected " + withArticle(kind.String()) + ", or text that is one, found " + withArticle(flowType(t.String())))
			default:
				return nil, errors.New("a duration is multiplied and divided by numbers, not by " + withArticle(flowType(t.String())))
			}
		}
		return gives, nil
	}
}

func twoDurations(args []any) (a, b time.Duration, err error) {
	if a, err = durationOf(args[0]); err == nil {
		b, err = durationOf(args[1])
	}
	return a, b, err
}

func addDurations(_ *frame, args []any) (any, error) {
	a, b, err := twoDurations(args)
	if err != nil {
		return nil, err
	}
	return durationText(addIntegers(int64(a), int64(b)))
}

func subtractDurations(_ *frame, args []any) (any, error) {
	a, b, err := twoDurations(args)
	if err != nil {
		return nil, err
	}
	return durationText(subtractIntegers(int64(a), int64(b)))
}

// durationText writes nanoseconds that did not overflow.
func durationText(n int64, ok bool) (any, error) {
	if !ok {
		return nil, errLong
	}
	return time.Duration(n).String(), nil
}

func negateDuration(_ *frame, args []any) (any, error) {
	d, err := durationOf(args[0])
	if err != nil {
		return nil, err
	}
	return durationText(subtractIntegers(0, int64(d)))
}

func scaleDuration(_ *frame, args []any) (any, error) {
	d, err := durationOf(args[0])
	if err != nil {
		return nil, err
	}
	if n, ok := asInteger(args[1]); ok {
		return durationText(multiplyIntegers(int64(d), n))
	}
	if err := checkNumber("*", args[1]); err != nil {
		return nil, err
	}
	return roundedDuration(float64(d) * floatOf(args[1]))
}

func divideDuration(_ *frame, args []any) (any, error) {
	d, err := durationOf(args[0])
	if err != nil {
		return nil, err
	}
	if err := checkNumber("/", args[1]); err != nil {
		return nil, err
	}
	by := floatOf(args[1])
	if by == 0 {
		return nil, errZero
	}
	return roundedDuration(float64(d) / by)
}

func roundedDuration(nanoseconds float64) (any, error) {
	n := math.Round(nanoseconds)
	return durationText(int64(n), n > -(1<<63) && n < 1<<63)
}

func sumDurations(_ *frame, args []any) (any, error) {
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	var total int64
	for _, v := range list {
		d, err := durationOf(v)
		if err != nil {
			return nil, err
		}
		var ok bool
		if total, ok = addIntegers(total, int64(d)); !ok {
			return nil, errLong
		}
	}
	return durationText(total, true)
}

func addToTime(_ *frame, args []any) (any, error) { return moveTime(args, 1) }

func subtractFromTime(_ *frame, args []any) (any, error) { return moveTime(args, -1) }

func moveTime(args []any, sign time.Duration) (any, error) {
	t, err := timeOf(args[0])
	if err != nil {
		return nil, err
	}
	d, err := durationOf(args[1])
	switch {
	case err != nil:
		return nil, err
	case sign < 0 && d == math.MinInt64:
		return nil, errLong
	}
	if t, err = inYears(t.Add(sign * d)); err != nil {
		return nil, err
	}
	return value.FormatTime(t), nil
}

// between is the time from the second argument to the first.
func between(_ *frame, args []any) (any, error) {
	a, err := timeOf(args[0])
	if err != nil {
		return nil, err
	}
	b, err := timeOf(args[1])
	if err != nil {
		return nil, err
	}
	d := a.Sub(b) // which stops at the longest
	return durationText(int64(d), b.Add(d).Equal(a))
}

// extremeTime returns the latest or longest for sign 1, as it is written.
func extremeTime(args []any, key func(any) (any, error), sign int) (any, error) {
	var best, bestKey any
	var walk func(list []any, depth int) error
	walk = func(list []any, depth int) error {
		if depth > maxNesting {
			return errors.New("lists nest too deep")
		}
		for _, v := range list {
			if inner, ok := v.([]any); ok {
				if err := walk(inner, depth+1); err != nil {
					return err
				}
				continue
			}
			k, err := key(v)
			if err != nil {
				return err
			}
			if order, _ := compareKeys(k, bestKey); best == nil || order == sign {
				best, bestKey = v, k
			}
		}
		return nil
	}
	err := walk(args, 0)
	return best, err
}
