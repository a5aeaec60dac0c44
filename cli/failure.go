package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// describeFailure returns a failed run as a block of text: the first line says
// what happened, the others hold what helps to find out why.
func describeFailure(e *report.RunError, help []string) string {
	var b block
	b.line("error: " + e.Error())
	b.facts(e)
	b.list("parameters", members(e.Params))
	b.list("details", details(e))
	b.cause(e)
	b.list("undone", e.Undone)
	b.list("not undone", e.NotUndone)
	b.others("undo error", e.UndoErrors)
	b.others("in finally", e.Suppressed)
	for _, text := range help {
		b.line("  help: " + text)
	}
	return b.String()
}

// block builds rows of a label and a text that may have several lines.
type block struct{ strings.Builder }

const labelWidth = len("parameters") + 2

func (b *block) line(text string) { b.WriteString(printable(text) + "\n") }

func (b *block) row(label, text string) {
	for line := range strings.Lines(strings.TrimRight(printable(text), "\n") + "\n") {
		fmt.Fprintf(b, "  %-*s%s", labelWidth, label, line)
		label = ""
	}
}

func (b *block) list(label string, items []string) {
	if len(items) > 0 {
		b.row(label, strings.Join(items, "\n"))
	}
}

// facts are the members of an error that are one word or number.
func (b *block) facts(e *report.RunError) {
	if e.Place != "" {
		b.row("at", e.Place)
	}
	b.row("class", string(class(e)))
	if e.Status != 0 {
		b.row("status", fmt.Sprint(e.Status))
	}
	if e.RequestID != "" {
		b.row("request id", e.RequestID)
	}
	if e.Attempts > 1 || e.Operation != "" && e.Attempts > 0 {
		b.row("attempts", fmt.Sprint(e.Attempts))
	}
	if e.Requests > 1 || e.Requests > e.Attempts {
		b.row("requests", fmt.Sprint(e.Requests))
	}
	if e.Outcome == connector.OutcomeUnknown {
		b.row("outcome", "unknown: it may have happened")
	}
}

func class(e *report.RunError) connector.Class {
	if e.Class == "" {
		return connector.ClassInternal
	}
	return e.Class
}

// maxCauses bounds how far a chain of causes is followed.
const maxCauses = 10

// cause shows what led to the error: other errors, or what a function said.
func (b *block) cause(of *report.RunError) {
	cause := of.Cause
	for range maxCauses {
		err, ok := of.Caused()
		if !ok {
			break
		}
		b.list("cause", append([]string{err.Error()}, details(err)...))
		of, cause = err, err.Cause
	}
	switch x := cause.(type) {
	case nil, error:
	case map[string]any:
		b.list("cause", members(x))
	default:
		b.row("cause", shortValue(x))
	}
}

// firstMembers are shown before the others: what a function failed with.
var firstMembers = []string{"errorType", "errorMessage"}

// others shows errors beside the one that is told.
func (b *block) others(label string, errs []*report.RunError) {
	for _, err := range errs {
		b.list(label, append([]string{err.Error()}, details(err)...))
	}
}

// details returns what a service, or fail, said beside the message, such as the
// body of an answer.
func details(e *report.RunError) []string {
	if len(e.Details) == 0 {
		return nil
	}
	brief, _ := value.Brief(e.Details).(map[string]any)
	return members(brief)
}

// members returns one "name: value" for each member that is not null. Text is
// shown as it is where it has lines of its own.
func members(m map[string]any) []string {
	names := value.SortedKeys(m)
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	var lines []string
	for _, name := range names {
		switch v := m[name].(type) {
		case nil:
		case string:
			lines = append(lines, textMember(name, v))
		default:
			lines = append(lines, name+": "+shortValue(v))
		}
	}
	return lines
}

func rank(name string) int {
	if i := slices.Index(firstMembers, name); i >= 0 {
		return i
	}
	return len(firstMembers)
}

func textMember(name, text string) string {
	text = strings.TrimRight(text, "\n")
	if !strings.Contains(text, "\n") {
		return name + ": " + shorten(text, maxValue)
	}
	lines := strings.Split(text, "\n")
	if left := len(lines) - maxLines; left > 0 {
		// The end of a log is where the reason is.
		lines = append([]string{fmt.Sprintf("… %d lines before", left)}, lines[left:]...)
	}
	for i, line := range lines {
		lines[i] = "  " + shorten(line, maxValue)
	}
	return name + ":\n" + strings.Join(lines, "\n")
}

const (
	maxValue = 300 // characters of a value that are shown
	maxLines = 20  // lines of a text that are shown
)

func shortValue(v any) string {
	text, err := value.EncodeJSON(v)
	if err != nil {
		return shorten(fmt.Sprint(v), maxValue)
	}
	return shorten(string(text), maxValue)
}

func shorten(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

// logFailure is describeFailure as one log line.
func logFailure(log zerolog.Logger, e *report.RunError, help []string) {
	v := e.Value()
	v["details"], v["cause"] = value.Brief(v["details"]), value.Brief(v["cause"])
	event := log.Error().RawJSON("error", rawJSON(v))
	if len(e.Params) > 0 {
		event = event.RawJSON("params", rawJSON(value.Brief(e.Params)))
	}
	if len(e.Undone) > 0 {
		event = event.Strs("undone", e.Undone)
	}
	if len(e.NotUndone) > 0 {
		event = event.Strs("notUndone", e.NotUndone)
	}
	if len(help) > 0 {
		event = event.Strs("help", help)
	}
	event.Msg("run failed")
}

func rawJSON(v any) []byte {
	text, err := value.EncodeJSON(v)
	if err != nil {
		return []byte("null")
	}
	return text
}
