package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// field reads the text of one field.
func (p *parser) field(k *kind, w word) field {
	f := field{star: strings.HasPrefix(w.text, "*")}
	before := len(p.mistakes)
	if p.foreign(k, w) {
		return f
	}
	at := w.start
	for i, text := range strings.Split(w.text, ",") {
		set, step := p.element(k, w, word{text, at})
		f.set |= set
		if i == 0 {
			f.step = step
		}
		at += len(text) + 1
	}
	if len(p.mistakes) > before {
		f.set = k.all()
	}
	return f
}

// foreign reports, and says, what other schedulers have and crontab(5) has not.
func (p *parser) foreign(k *kind, w word) bool {
	text := strings.ToUpper(w.text)
	if text == "?" {
		p.fail(w, "write *", "%s: ? is not known here", k.name)
		return true
	}
	for _, name := range k.names {
		text = strings.ReplaceAll(text, name, "")
	}
	switch {
	case strings.Contains(text, "#"):
		help := ""
		if day, nth, _ := strings.Cut(w.text, "#"); k == &weekdays && len(nth) == 1 && nth[0] >= '1' && nth[0] <= '5' {
			help = fmt.Sprintf("the %s of a month is among its days %d-%d: write these, * as day of the week, and ask for the day in an if",
				[]string{"first", "second", "third", "fourth", "fifth"}[nth[0]-'1']+" "+day, 7*int(nth[0]-'1')+1, min(7*int(nth[0]-'0'), 31))
		}
		p.fail(w, help, "%s: # is not known here", k.name)
	case k == &days && (text == "L" || strings.HasPrefix(text, "L-")):
		p.fail(w, "write 28-31 and ask in an if whether tomorrow is another month, or write 1 for the day behind it", "%s: L is not known here", k.name)
	case k == &weekdays && strings.HasSuffix(text, "L"):
		p.fail(w, "write 22-31 as day of the month, * here, and ask for the day in an if", "%s: L is not known here", k.name)
	case k == &days && strings.Contains(text, "W"):
		p.fail(w, "write the days of the month that it can be, * as day of the week, and ask for the day in an if", "%s: W is not known here", k.name)
	case text == "H" || strings.HasPrefix(text, "H/") || strings.HasPrefix(text, "H("):
		p.fail(w, "write a number of your own", "%s: H is not known here", k.name)
	case strings.Contains(text, "~"):
		p.fail(w, "write one number", "%s: a random time is not known here", k.name)
	default:
		return false
	}
	return true
}

// element reads one element of a list: *, 5, 5-9, each but 5 with a step.
func (p *parser) element(k *kind, whole, w word) (set uint64, step int) {
	if w.text == "" {
		p.fail(whole, "take out the comma, or write the value", "%s: a value is missing beside a comma", k.name)
		return 0, 1
	}
	base, stepText, stepped := strings.Cut(w.text, "/")
	low, high, ok := p.ends(k, word{base, w.start}, stepped)
	step = 1
	if stepped {
		good := false
		if step, good = p.step(k, word{stepText, w.start + len(base) + 1}, w); !good {
			return 0, 1
		}
		if ok && base != "*" && !strings.Contains(base, "-") {
			p.fail(w, fmt.Sprintf("write %s-%d/%s, or %s alone", base, k.max, stepText, base), "%s: a step stands behind * or a range", k.name)
			return 0, 1
		}
	}
	if !ok {
		return 0, 1
	}
	set = span(low, high, step)
	if k == &weekdays && set&(1<<7) != 0 {
		set = set&^(1<<7) | 1
	}
	return set, step
}

func (p *parser) step(k *kind, w, element word) (step int, ok bool) {
	step, err := strconv.Atoi(w.text)
	switch {
	case err != nil || strings.Trim(w.text, "0123456789") != "":
		p.fail(element, "write a number behind /, such as */5", "%s: %.40q is no step", k.name, w.text)
	case step == 0:
		p.fail(element, "write 1 for each, or leave the step out", "%s: a step of 0 goes nowhere", k.name)
	case step > k.max-k.min:
		help := fmt.Sprintf("a step is at most %d", k.max-k.min)
		if k == &minutes || k == &hours {
			help += "; every, such as every 90m, goes on over the hour"
		}
		p.fail(element, help, "%s: a step of %d is longer than all %s", k.name, step, k.plural)
	default:
		return step, true
	}
	return 1, false
}

// ends returns the first and the last value of *, a value or a range.
func (p *parser) ends(k *kind, w word, stepped bool) (low, high int, ok bool) {
	if w.text == "*" {
		return k.min, k.max, true
	}
	from, to, isRange := strings.Cut(w.text, "-")
	low, okLow := p.value(k, word{from, w.start})
	if !isRange {
		return low, low, okLow
	}
	high, okHigh := p.value(k, word{to, w.start + len(from) + 1})
	if !okLow || !okHigh {
		return 0, 0, false
	}
	if k == &weekdays && high == 0 && low > 0 {
		high = 7 // FRI-SUN, 5-0: a week that ends with Sunday
	}
	if low > high {
		p.backwards(k, w, low, high, stepped)
		return 0, 0, false
	}
	return low, high, true
}

func (p *parser) backwards(k *kind, w word, low, high int, stepped bool) {
	var parts []string
	if low <= k.max {
		parts = append(parts, runs(span(low, k.max, 1)))
	} else if high > 0 {
		parts, high = append(parts, "0-"+strconv.Itoa(high)), -1
	}
	if high >= k.min {
		parts = append(parts, runs(span(k.min, high, 1)))
	}
	help := "write " + strings.Join(parts, ",")
	if stepped {
		help = "split it in two"
	}
	p.fail(w, help, "%s: the range %.40s runs backwards", k.name, w.text)
}

func (p *parser) value(k *kind, w word) (value int, ok bool) {
	if w.text != "" && len(w.text) <= 9 && strings.Trim(w.text, "0123456789") == "" {
		value, _ = strconv.Atoi(w.text)
		if value < k.min || value > k.top {
			help := fmt.Sprintf("%s are %d to %d", k.plural, k.min, k.top)
			if k == &hours && value == 24 {
				help = "midnight is hour 0 of the next day"
			}
			p.fail(w, help, "%s %d does not exist", k.name, value)
			return 0, false
		}
		return value, true
	}
	upper := strings.ToUpper(w.text)
	if i := slices.Index(k.names, upper); i >= 0 {
		return i + k.min, true
	}
	help := fmt.Sprintf("%s are %d to %d", k.plural, k.min, k.top)
	if k.names != nil {
		help += ", or " + k.names[0] + " to " + k.names[len(k.names)-1]
		if i := slices.IndexFunc(k.names, func(name string) bool { return strings.HasPrefix(upper, name) }); i >= 0 {
			help = "write " + k.names[i]
		}
	}
	p.fail(w, help, "%s: %.40q is no %s", k.name, w.text, k.name)
	return 0, false
}
