package schedule

import (
	"math/bits"
	"strconv"
	"strings"
)

// field is which values of one field match.
type field struct {
	set uint64
	// star is true where the text begins with *, which crontab(5) gives a meaning
	// of its own.
	star bool
	// step is that of the text's first element */step; 1 for *.
	step int
}

func (f field) has(value int) bool { return f.set&(1<<value) != 0 }

// next returns the least value that matches and is not below from.
func (f field) next(from int) (int, bool) {
	if from > 63 {
		return 0, false
	}
	rest := f.set >> from << from
	return bits.TrailingZeros64(rest), rest != 0
}

// kind is what a field is made of.
type kind struct {
	name, plural string
	min, max     int
	// top is the greatest number that can be written: 7 is Sunday as 0 is.
	top   int
	names []string
}

var (
	minutes  = kind{name: "minute", plural: "minutes", max: 59, top: 59}
	hours    = kind{name: "hour", plural: "hours", max: 23, top: 23}
	days     = kind{name: "day of the month", plural: "days of the month", min: 1, max: 31, top: 31}
	months   = kind{name: "month", plural: "months", min: 1, max: 12, top: 12, names: monthNames}
	weekdays = kind{name: "day of the week", plural: "days of the week", max: 6, top: 7, names: weekdayNames}
)

var (
	monthNames   = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	weekdayNames = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

// all are the values of the kind.
func (k *kind) all() uint64 { return span(k.min, k.max, 1) }

// span are the values from low to high, each step.
func span(low, high, step int) uint64 {
	var set uint64
	for v := low; v <= high; v += step {
		set |= 1 << v
	}
	return set
}

// canonical returns the field in one spelling for all that mean the same.
func (f field) canonical(k *kind) string {
	if !f.star {
		return runs(f.set)
	}
	if f.set == k.all() {
		return "*"
	}
	text := "*/" + strconv.Itoa(f.step)
	if rest := f.set &^ span(k.min, k.max, f.step); rest != 0 {
		text += "," + runs(rest)
	}
	return text
}

// runs writes a set as a list of values and ranges.
func runs(set uint64) string {
	var parts []string
	for v := 0; v < 64; v++ {
		if set&(1<<v) == 0 {
			continue
		}
		end := v
		for end < 63 && set&(1<<(end+1)) != 0 {
			end++
		}
		text := strconv.Itoa(v)
		if end > v {
			text += "-" + strconv.Itoa(end)
		}
		parts = append(parts, text)
		v = end
	}
	return strings.Join(parts, ",")
}
