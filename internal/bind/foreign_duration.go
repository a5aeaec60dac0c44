package bind

import (
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/regex"
)

var (
	spokenPart  = regex.Late{Text: `([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Zµ]+)`}
	spokenWhole = regex.Late{Text: `^(?:\s*(?:and\s+|,\s*)?[0-9]+(?:\.[0-9]+)?\s*[a-zA-Zµ]+)+\s*$`}
	isoDuration = regex.Late{Text: `^P(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?)?$`}
	clockedTime = regex.Late{Text: `^([0-9]{1,2}):([0-9]{2}):([0-9]{2})$`}
)

// ForeignDuration returns the flow's spelling of a duration that others write
// otherwise: 5m for "5 minutes", PT5M and 00:05:00; empty where it is none.
func ForeignDuration(text string) string {
	if m := clockedTime.Get().FindStringSubmatch(text); m != nil {
		return joined([]string{m[1], m[2], m[3]}, []string{"h", "m", "s"})
	}
	if m := isoDuration.Get().FindStringSubmatch(strings.ToUpper(text)); m != nil {
		return joined(m[1:], []string{"w", "d", "h", "m", "s"})
	}
	if !spokenWhole.Get().MatchString(text) {
		return ""
	}
	var numbers, units []string
	for _, m := range spokenPart.Get().FindAllStringSubmatch(text, -1) {
		unit := unitOf(m[2])
		if unit == "" {
			return ""
		}
		numbers, units = append(numbers, m[1]), append(units, unit)
	}
	return joined(numbers, units)
}

// joined writes numbers with their units, without those that are 0.
func joined(numbers, units []string) string {
	out := ""
	for i, n := range numbers {
		n = strings.TrimLeft(n, "0")
		if n == "" || strings.HasPrefix(n, ".") {
			if n = "0" + n; n == "0" {
				continue
			}
		}
		if units[i] == "w" {
			weeks, err := strconv.Atoi(n)
			if err != nil || weeks > 10_000 {
				return ""
			}
			n, units[i] = strconv.Itoa(7*weeks), "d"
		}
		out += n + units[i]
	}
	return out
}

// unitsOfTimes are words for a unit of time, behind the flow's own.
var unitsOfTimes = []string{
	"ns nanosecond nanoseconds", "ms msec msecs millis milli millisecond milliseconds", "s sec secs second seconds",
	"m min mins minute minutes", "h hr hrs hour hours", "d day days", "w week weeks",
}

func unitOf(word string) string {
	word = strings.ToLower(word)
	for _, words := range unitsOfTimes {
		for known := range strings.FieldsSeq(words) {
			if known == word {
				unit, _, _ := strings.Cut(words, " ")
				return unit
			}
		}
	}
	return ""
}
