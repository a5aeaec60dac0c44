package durable

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// chars are the characters that a text may have, as AWS words it and as they
// are looked at: every request has several such texts.
type chars struct {
	pattern string
	allowed func(c byte) bool
	padded  bool // with at most two = at the end
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

var (
	idChars     = chars{"[a-zA-Z0-9-_]+", func(c byte) bool { return isWord(c) || c == '-' || c == '_' }, false}
	nameChars   = chars{`[\x20-\x7E]+`, func(c byte) bool { return c >= ' ' && c <= '~' }, false}
	tokenChars  = chars{"[A-Za-z0-9+/]+={0,2}", func(c byte) bool { return isWord(c) || c == '+' || c == '/' }, true}
	clientChars = chars{`[\x21-\x7E]+`, func(c byte) bool { return c > ' ' && c <= '~' }, false}
)

// fit reports whether a text has these characters alone, and one at least.
func (c chars) fit(text string) bool {
	if c.padded {
		for range 2 {
			text = strings.TrimSuffix(text, "=")
		}
	}
	for i := range len(text) {
		if !c.allowed(text[i]) {
			return false
		}
	}
	return text != ""
}

var executionARN = &regex.Late{Text: `^arn:([a-zA-Z0-9-]+):lambda:([a-zA-Z0-9-]+):(\d{12}):function:([a-zA-Z0-9_-]+):(\$LATEST(?:\.PUBLISHED)?|[0-9]+)/durable-execution/([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+)$`}

// longest is how many seconds a wait, a delay or an execution may last.
const longest = 31622400

// constraints collects what is wrong with the members of a request.
type constraints struct{ problems []string }

func (k *constraints) add(value, member, constraint string) {
	k.problems = append(k.problems, fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: %s", value, member, constraint))
}

// text checks a text that has to be between 1 and most characters of a pattern.
func (k *constraints) text(value, member string, most int, allowed chars) {
	switch {
	case value == "":
		k.add(value, member, "Member must have length greater than or equal to 1")
	case len(value) > most:
		k.add(value, member, "Member must have length less than or equal to "+strconv.Itoa(most))
	case !allowed.fit(value):
		k.add(value, member, "Member must satisfy regular expression pattern: "+allowed.pattern)
	}
}

func (k *constraints) maybe(value *string, member string, most int, allowed chars) {
	if value != nil {
		k.text(*value, member, most, allowed)
	}
}

// number checks a whole number between 1 and longest.
func (k *constraints) number(value int, member string) {
	switch {
	case value < 1:
		k.add(strconv.Itoa(value), member, "Member must have value greater than or equal to 1")
	case value > longest:
		k.add(strconv.Itoa(value), member, "Member must have value less than or equal to "+strconv.Itoa(longest))
	}
}

// err is everything that was found.
func (k *constraints) err() error {
	switch len(k.problems) {
	case 0:
		return nil
	case 1:
		return validation("1 validation error detected: %s", k.problems[0])
	}
	return validation("%d validation errors detected: %s", len(k.problems), strings.Join(k.problems, "; "))
}

func validation(format string, args ...any) *service.APIError {
	return service.Failure("ValidationException", http.StatusBadRequest, format, args...)
}

// actions are what may be done with operations of each type.
var actions = late.Value[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		typeExecution: {"SUCCEED", "FAIL"},
		typeStep:      {"START", "SUCCEED", "FAIL", "RETRY"},
		typeWait:      {"START", "CANCEL"},
		typeContext:   {"START", "SUCCEED", "FAIL"},
		typeCallback:  {"START"},
		typeChained:   {"START"},
	}
}}

// checkShapes looks at the updates of a request one by one: whether each has
// the members that AWS wants, whatever the execution is like.
func checkShapes(updates []Update) error {
	k := &constraints{}
	for i := range updates {
		u := &updates[i]
		at := "updates." + strconv.Itoa(i+1) + ".member."
		k.text(u.ID, at+"id", 64, idChars)
		k.maybe(u.ParentID, at+"parentId", 64, idChars)
		k.maybe(u.Name, at+"name", 256, nameChars)
		k.maybe(u.SubType, at+"subType", 32, idChars)
		if actions.Get()[u.Type] == nil {
			k.add(u.Type, at+"type", "Member must satisfy enum value set: [EXECUTION, CONTEXT, STEP, WAIT, CALLBACK, CHAINED_INVOKE]")
		}
		switch u.Action {
		case "START", "SUCCEED", "FAIL", "RETRY", "CANCEL":
		default:
			k.add(u.Action, at+"action", "Member must satisfy enum value set: [START, SUCCEED, FAIL, RETRY, CANCEL]")
		}
		u.numbers(k, at)
	}
	return k.err()
}

func (u *Update) numbers(k *constraints, at string) {
	if u.WaitOptions != nil && u.WaitOptions.WaitSeconds != nil {
		k.number(*u.WaitOptions.WaitSeconds, at+"waitOptions.waitSeconds")
	}
	if u.StepOptions != nil && u.StepOptions.NextAttemptDelaySeconds != nil {
		k.number(*u.StepOptions.NextAttemptDelaySeconds, at+"stepOptions.nextAttemptDelaySeconds")
	}
	if o := u.CallbackOptions; o != nil {
		for _, one := range []struct {
			seconds int
			member  string
		}{{o.TimeoutSeconds, "timeoutSeconds"}, {o.HeartbeatTimeoutSeconds, "heartbeatTimeoutSeconds"}} {
			if one.seconds != 0 { // which is none
				k.number(one.seconds, at+"callbackOptions."+one.member)
			}
		}
	}
}

// checkARN reads the ARN of an execution.
func checkARN(arn string) error {
	if len(arn) <= 1024 && executionARN.Get().MatchString(arn) {
		return nil
	}
	k := &constraints{}
	k.add(arn, "durableExecutionArn", "Member must satisfy regular expression pattern: "+strings.Trim(executionARN.Text, "^$"))
	return k.err()
}
