package schedule

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/schema"
)

// longest is more than any schedule needs, in bytes.
const longest = 1000

// fiveFields says what a schedule is.
const fiveFields = "minute, hour, day of the month, month and day of the week, such as 30 2 * * *; @daily; or every 15m"

// macros are the names that crontab(5) has for five fields.
var macros = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
		"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
	}
}}

type parser struct {
	text     string
	mistakes Mistakes
}

// fail notes a mistake of a part of the text.
func (p *parser) fail(at word, help, format string, a ...any) {
	p.mistakes = append(p.mistakes, Mistake{Start: at.start, End: at.start + len(at.text), Message: fmt.Sprintf(format, a...), Help: help})
}

// word is a part of the text with its place.
type word struct {
	text  string
	start int
}

// words returns the parts between spaces.
func words(text string) []word {
	var all []word
	start := -1
	for i, r := range text + " " {
		switch space := unicode.IsSpace(r); {
		case space && start >= 0:
			all = append(all, word{text[start:i], start})
			start = -1
		case !space && start < 0:
			start = i
		}
	}
	return all
}

func (p *parser) schedule() *Schedule {
	all := words(p.text)
	whole := word{p.text, 0}
	switch {
	case len(p.text) > longest:
		p.fail(word{p.text[:longest], 0}, "", "the schedule is longer than %d characters", longest)
	case len(all) == 0:
		p.fail(whole, "write "+fiveFields, "the schedule is empty")
	case strings.EqualFold(all[0].text, "every"):
		return p.interval(all)
	case strings.HasPrefix(all[0].text, "@"):
		return p.macro(all)
	case strings.HasPrefix(all[0].text, "TZ="), strings.HasPrefix(all[0].text, "CRON_TZ="):
		_, zone, _ := strings.Cut(all[0].text, "=")
		p.fail(all[0], fmt.Sprintf("write timezone: %s beside the schedule", zone), "the time zone does not stand in the schedule")
	case strings.Contains(all[0].text, "("):
		p.aws(whole)
	case len(all) != len(kinds):
		p.count(whole, all)
	default:
		return p.fields(all)
	}
	return nil
}

// kinds are those of the five fields.
var kinds = [...]*kind{&minutes, &hours, &days, &months, &weekdays}

func (p *parser) fields(all []word) *Schedule {
	var parsed [len(kinds)]field
	for i, k := range kinds {
		parsed[i] = p.field(k, all[i])
	}
	if len(p.mistakes) > 0 {
		return nil
	}
	s := &Schedule{minute: parsed[0], hour: parsed[1], day: parsed[2], month: parsed[3], weekday: parsed[4]}
	if !s.comes() {
		p.never(s, all)
		return nil
	}
	texts := make([]string, len(kinds))
	for i, k := range kinds {
		texts[i] = parsed[i].canonical(k)
	}
	s.text = strings.Join(texts, " ")
	return s
}

// never says why no day matches.
func (p *parser) never(s *Schedule, all []word) {
	at := word{p.text[all[2].start : all[3].start+len(all[3].text)], all[2].start}
	var names []string
	longest := 0
	for m := time.January; m <= time.December; m++ {
		if s.month.has(int(m)) {
			names = append(names, m.String())
			longest = max(longest, time.Date(2000, m+1, 0, 0, 0, 0, 0, time.UTC).Day())
		}
	}
	p.fail(at, fmt.Sprintf("write a day up to %d", longest),
		"the schedule never comes: %s has no day %s", strings.Join(names, " or "), strings.ReplaceAll(runs(s.day.set), ",", " or "))
}

func (p *parser) macro(all []word) *Schedule {
	name := strings.ToLower(all[0].text)
	fields, known := macros.Get()[name]
	switch {
	case name == "@every":
		rest := "15m"
		if len(all) > 1 {
			rest = all[1].text
		}
		p.fail(all[0], "write every "+rest, "the schedule has no @every")
	case name == "@reboot":
		p.fail(all[0], "give the flow another trigger", "a start of the server is no time of a schedule")
	case !known:
		p.fail(all[0], "there are @hourly, @daily, @weekly, @monthly and @yearly", "the schedule has no %.40s", all[0].text)
	case len(all) > 1:
		p.fail(all[1], "leave it out, or write five fields", "nothing stands behind %s", name)
	default:
		return p.fields(words(fields))
	}
	return nil
}

// count says what to do about a schedule that has not five fields.
func (p *parser) count(whole word, all []word) {
	if len(all) < len(kinds) {
		if len(all) == 1 {
			if d, err := schema.ParseDuration(all[0].text); err == nil && d > 0 {
				p.fail(whole, "write every "+all[0].text, "a duration alone is no schedule")
				return
			}
		}
		p.fail(whole, "write "+fiveFields, "the schedule has %d of five fields", len(all))
		return
	}
	texts := make([]string, len(all))
	for i, w := range all {
		texts[i] = strings.ReplaceAll(w.text, "?", "*")
	}
	without, rest := "seconds", texts[1:]
	switch {
	case len(all) == 7:
		without, rest = "seconds and years", texts[1:6]
	case len(all) == 6 && (all[2].text == "?" || all[4].text == "?" || isYear(texts[5])):
		without, rest = "years", texts[:5]
	}
	help := "write " + fiveFields
	if _, err := Parse(strings.Join(rest, " "), nil); err == nil {
		help = fmt.Sprintf("write %s", strings.Join(rest, " "))
		if strings.ContainsAny(rest[4], "0123456789") && strings.Contains(p.text, "?") {
			help += fmt.Sprintf("; days of the week count from 0, Sunday, so %s may be another day", rest[4])
		}
	}
	p.fail(whole, help, "the schedule has %d fields: there are five, without %s", len(all), without)
}

// isYear reports whether a field can only be one of years.
func isYear(text string) bool {
	return len(text) >= 4 && (strings.HasPrefix(text, "19") || strings.HasPrefix(text, "20")) && strings.Trim(text, "0123456789-,/*") == ""
}

// aws says what to write for a schedule of EventBridge.
func (p *parser) aws(whole word) {
	name, rest, _ := strings.Cut(strings.TrimSpace(p.text), "(")
	rest = strings.TrimSuffix(rest, ")")
	help := "write " + fiveFields
	switch all := words(rest); {
	case name == "cron":
		inner := &parser{text: rest}
		if inner.schedule(); len(inner.mistakes) > 0 && inner.mistakes[0].Help != "" {
			help = inner.mistakes[0].Help
		}
	case name == "rate" && len(all) == 2 && strings.Trim(all[0].text, "0123456789") == "" && all[1].text != "":
		help = fmt.Sprintf("write every %s%c", all[0].text, all[1].text[0])
		if strings.HasPrefix(all[1].text, "d") {
			help = "write @daily, or 0 0 and the days"
		}
	}
	p.fail(whole, help, "the schedule is not written as %.40s(…)", name)
}
