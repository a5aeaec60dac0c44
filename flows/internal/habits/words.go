package habits

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/regex"
)

// Typed is what to declare for a name of a type that there is not. The zero Typed is that
// of a name which nobody uses.
type Typed struct {
	// Help says it to people.
	Help string
	// Name is the type that is meant, and Items the one of its elements, where that is said.
	Name, Items string
	// Enum says that its values are meant to be listed.
	Enum bool
	// Whole says that the type alone is what was meant.
	Whole bool
}

// Type returns the declaration of an input for a name of a type that there is
// not: ‹type: string› for str.
func Type(name string) Typed {
	if m := listType.Get().FindStringSubmatch(name); m != nil {
		elem := m[1] + m[2] + m[3]
		if meant := look(elem, types); meant != "" {
			elem = meant
		}
		elem = strings.ToLower(elem)
		return Typed{Name: "list", Items: elem, Help: "write ‹type: list› and ‹items: {type: " + elem + "}›"}
	}
	if meant := look(strings.TrimSuffix(name, "?"), types); meant != "" {
		return Typed{Name: meant, Whole: true, Help: "write ‹type: " + meant + "›"}
	}
	switch fold(name) {
	case "enum", "choice", "select":
		return Typed{Name: "string", Enum: true, Help: "write ‹type: string› and ‹enum: [one, two]›"}
	case "email", "uri", "url", "uuid", "regex", "arn":
		return Typed{Name: "string", Help: "write ‹type: string›, and ‹pattern:› where its form matters"}
	}
	return Typed{}
}

var listType = regex.Late{Text: `^(?:(\w+)\[\]|\[\](\w+)|(?i:list|array|set|seq|sequence)\s*[<(\[](?:of )?\s*(\w+)\s*[>)\]])$`}

var types = []text{
	{"str text char varchar txt", "string"},
	{"int int32 int64 long uint short bigint whole int8 int16", "integer"},
	{"float double decimal numeric real float32 float64", "number"},
	{"bool bit flag", "boolean"},
	{"array sequence tuple set vector arraylist", "list"},
	{"dict hash hashmap struct record dictionary json", "map"},
	{"date datetime time instant", "timestamp"},
	{"timedelta interval timespan period", "duration"},
	{"password securestring credential token", "secret"},
	{"binary blob file byte base64", "bytes"},
	{"null none unknown variant dynamic", "any"},
}

// Value returns what to write for a text that cannot be what is wanted. expected
// is the message that says so: "expected a duration such as 1m30s, …".
func Value(expected, text string) string {
	switch {
	case strings.HasPrefix(expected, "expected a duration"):
		return durationHelp(text)
	case strings.HasPrefix(expected, "expected a boolean"):
		if word := boolean(text); word != "" {
			return "write ‹" + word + "›"
		}
		return "write ‹true› or ‹false›"
	case strings.HasPrefix(expected, "expected a timestamp"):
		return timestamp(text)
	case strings.HasPrefix(expected, "expected bytes"):
		return "write base64 text, such as ‹" + base64.StdEncoding.EncodeToString([]byte(text)) + "› for " + strconv.Quote(text)
	case strings.HasPrefix(expected, "expected an integer"), strings.HasPrefix(expected, "expected a number"):
		return number(expected, text)
	case strings.HasPrefix(expected, "expected a map"), strings.HasPrefix(expected, "expected an object"):
		return "write a map: ‹{name: value}›"
	case strings.HasPrefix(expected, "expected a list"):
		return "write a list: ‹[value]›"
	}
	return ""
}

func boolean(text string) string {
	switch strings.ToLower(text) {
	case "yes", "on", "y", "1", "enabled", "enable", "t", "true":
		return "true"
	case "no", "off", "n", "0", "disabled", "disable", "f", "false":
		return "false"
	}
	return ""
}

var counted = regex.Late{Text: `^([+-]?[0-9][0-9,_ ]*)(?:x|times|%)?$`}

func number(expected, text string) string {
	if m := counted.Get().FindStringSubmatch(text); m != nil {
		digits := strings.NewReplacer(",", "", "_", "", " ", "").Replace(m[1])
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
			return "write ‹" + strconv.FormatInt(n, 10) + "›"
		}
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil && strings.HasPrefix(expected, "expected an integer") {
		return "write a whole number"
	}
	return "write it in digits, such as ‹10›"
}

func timestamp(text string) string {
	for _, layout := range []string{time.DateOnly, time.DateTime, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "02.01.2006", time.RFC1123} {
		if t, err := time.Parse(layout, text); err == nil {
			return "write ‹\"" + t.UTC().Format(time.RFC3339) + "\"›"
		}
	}
	switch strings.ToLower(text) {
	case "now", "today":
		return `write ‹"${now()}"›`
	case "tomorrow":
		return `write ‹"${now() + '1d'}"›`
	case "yesterday":
		return `write ‹"${now() - '1d'}"›`
	}
	if d := bind.ForeignDuration(text); d != "" {
		return `write ‹"${now() + '` + d + `'}"›`
	}
	return `write it such as ‹"2026-01-31T08:00:00Z"›, or ‹"${now() + '1h'}"›`
}

// Duration returns the duration that a text means, as a flow writes it, a number alone as
// seconds; empty for none.
func Duration(text string) string {
	if d := bind.ForeignDuration(text); d != "" {
		return d
	}
	if digits := digitsOnly(text); digits != "" {
		return digits + "s"
	}
	return ""
}

func durationHelp(text string) string {
	if digits := digitsOnly(text); digits != "" {
		return "write ‹" + digits + "s› for seconds, or ‹" + digits + "m› for minutes"
	}
	if d := Duration(text); d != "" {
		return "write ‹" + d + "›"
	}
	return "write it such as ‹500ms›, ‹90s›, ‹1h30m› or ‹7d›"
}

// digitsOnly returns a number without a unit; empty for another text.
func digitsOnly(text string) string {
	if text = strings.TrimSpace(text); strings.Trim(text, "0123456789.") != "" {
		return ""
	}
	return text
}

// Code returns what to write for a code or class of errors of another system.
func Code(text string) string {
	if help := look(text, codes); help != "" {
		return help
	}
	if rest, ok := strings.CutPrefix(text, "Lambda."); ok && rest != "" {
		return "write ‹" + rest + "›"
	}
	return ""
}

// EveryError is what Code says of a name for all errors.
const EveryError = "every error is taken where there is no ‹on:›"

var codes = []text{
	{"states.all states.taskfailed all any * exception error everything .*", EveryError},
	{"states.timeout states.heartbeattimeout 408 504", "write ‹timeout›"},
	{"states.permissions 401 403", "write ‹denied›"},
	{"5xx 500 502 503 serviceerror", "write ‹unavailable›"},
	{"429 ratelimit ratelimited", "write ‹throttled›"},
	{"404", "write ‹notFound›"},
	{"409", "write ‹conflict›"},
	{"412", "write ‹precondition›"},
	{"4xx 400 422", "write ‹invalid›"},
}

// Root returns what to write for a name that others begin expressions with.
func Root(name string) string {
	return look(strings.TrimLeft(name, "$"), roots)
}

var roots = []text{
	{
		"inputs input vars var variables variable params parameters args arguments locals flowvars",
		"inputs, and what set assigned, are in ctx: write ctx.NAME",
	},
	{
		"payload body request message msg data event exchange header headers in trigger exchangeproperty $json json root meta",
		"a flow has no message: an input is ctx.NAME, a step's result steps.ID",
	},
	{"outputs output results tasks task nodes node jobs job actions activity responses response", "a step's result is steps.ID"},
	{"each it element value current entry row", "the variable of a loop is known inside its do only: item, or what as says"},
	{"item", "the variable of a loop is known inside its do only"},
	{"index loop idx", "give the loop an indexAs, and write that name inside its do"},
	{"environ process os system envs environment", "an environment variable is env.NAME"},
	{"secret vault", "a declared secret is secrets.NAME"},
	{"execution workflow github context state states flow taskrun kestra invocation", "about this run there are run.id, run.flow and run.startedAt"},
	{"err exception", "in a handler of catch the error is error"},
	{"this self", "in a predicate the element is #: filter(list, # > 1); an input is ctx.NAME"},
}

// HowMany returns what to write where the word says how many of some branches or items
// have to succeed; empty where it is none.
func HowMany(word, kind string) string {
	switch folded := fold(word); {
	case has("any one first anyof race single", folded):
		return "write ‹enough: 1›"
	case has("all every each", folded):
		return "leave it out: without it all have to succeed"
	case has("true yes", folded):
		return "write how many, such as ‹enough: 1›"
	case has("false no none", folded):
		return "leave it out: without it all have to succeed"
	case has("majority quorum half most", folded), strings.HasSuffix(folded, "%"):
		if kind == "items" {
			return "write a number, or one that is made of the list, such as ‹\"${floor(len(ctx.list) / 2) + 1}\"›"
		}
		return "write a number: a majority of three is ‹enough: 2›"
	}
	return ""
}
