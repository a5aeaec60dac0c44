package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/schema"
)

// interval reads "every 15m".
func (p *parser) interval(all []word) *Schedule {
	whole := word{p.text[all[0].start:], all[0].start}
	const example = "write a duration, such as every 15m"
	if len(all) != 2 {
		help := example
		if len(all) == 3 {
			if d, ok := spoken(all[1].text, all[2].text); ok {
				help = "write every " + short(d)
			}
		}
		p.fail(whole, help, "one duration stands behind every")
		return nil
	}
	at := all[1]
	d, err := schema.ParseDuration(at.text)
	if err != nil {
		help := example
		if d, ok := spoken("1", at.text); ok {
			help = "write every " + short(d)
		}
		p.fail(at, help, "%.40q is no duration", at.text)
		return nil
	}
	const day = 24 * time.Hour
	switch {
	case d < time.Second || d%time.Second != 0:
		p.fail(at, "write at least 1s", "%s is not in whole seconds", at.text)
	case d > day:
		p.fail(at, "write the days, such as 0 0 */2 * * for each second day of a month", "%s is longer than a day, and times count from midnight", at.text)
	case day%d != 0:
		p.fail(at, fmt.Sprintf("write every %s or every %s", short(dividing(d, -1)), short(dividing(d, 1))),
			"%s do not fill a day, and times count from midnight", at.text)
	default:
		return &Schedule{every: int64(d / time.Second), text: "every " + short(d)}
	}
	return nil
}

// dividing returns the nearest duration in a direction that fills a day: one of
// whole minutes for those, else of whole seconds.
func dividing(d time.Duration, direction int) time.Duration {
	unit := time.Second
	if d%time.Minute == 0 {
		unit = time.Minute
	}
	for d += time.Duration(direction) * unit; 24*time.Hour%d != 0; {
		d += time.Duration(direction) * unit
	}
	return d
}

// spoken reads "5 minutes".
func spoken(number, unit string) (time.Duration, bool) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > daySeconds {
		return 0, false
	}
	switch strings.TrimSuffix(strings.ToLower(unit), "s") {
	case "second", "sec":
		return time.Duration(n) * time.Second, true
	case "minute", "min":
		return time.Duration(n) * time.Minute, true
	case "hour":
		return time.Duration(n) * time.Hour, true
	case "day":
		return time.Duration(n) * 24 * time.Hour, true
	}
	return 0, false
}

// short writes whole seconds as people do: 15m, 1h30m.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
