package flowtest

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Print writes a line for each test, what is wrong below it, and the warnings.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	for _, found := range []*FileError{r.Suite.warnings, r.Warnings} {
		if found != nil {
			_ = found.Print(&b) // a Builder takes everything
		}
	}
	for _, o := range r.Outcomes {
		b.WriteString(o.String())
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("printing what came of the tests: %w", err)
	}
	return nil
}

// String says in a line how the test ended, and below it what is not as
// expected.
func (o *Outcome) String() string {
	var b strings.Builder
	verdict := "ok  "
	if !o.OK() {
		verdict = "FAIL"
	}
	fmt.Fprintf(&b, "%s  %s:%d: %s (%s in %s)\n", verdict, o.Test.suite.reader.label, o.Test.Line(), o.Test.Name(),
		short(o.Virtual), short(o.Real))
	for _, failure := range o.Failures {
		for line := range strings.Lines(failure) {
			b.WriteString("      " + strings.TrimRight(line, "\n") + "\n")
		}
	}
	return b.String()
}

// short returns a duration with as many digits as a reader wants.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	default:
		return d.Round(10 * time.Microsecond).String()
	}
}

// Summary returns one line: how many tests there are and how many failed.
func Summary(reports ...*Report) string {
	total, failed := 0, 0
	for _, r := range reports {
		total += len(r.Outcomes)
		for _, o := range r.Outcomes {
			if !o.OK() {
				failed++
			}
		}
	}
	text := fmt.Sprintf("%d tests", total)
	if total == 1 {
		text = "1 test"
	}
	if total == 0 {
		return "no test ran"
	}
	if failed == 0 {
		return text + ", all ok"
	}
	return fmt.Sprintf("%s, %d failed", text, failed)
}
