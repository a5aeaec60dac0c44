package explore

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Print writes the table of each test, and what was found, with the test that
// shows it.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	for _, t := range r.Tests {
		t.print(&b, fmt.Sprintf("%s:%d: %s", r.Suite.Label(), t.Test.Line(), t.Test.Name()))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("printing what was explored: %w", err)
	}
	return nil
}

func (t *TestReport) print(b *strings.Builder, name string) {
	if t.Skipped != "" {
		fmt.Fprintf(b, "skip  %s: not explored, %s\n", name, t.Skipped)
		return
	}
	verdict := "held"
	switch {
	case len(t.Findings) > 0:
		verdict = "FOUND"
	case t.Stopped:
		verdict = "ended"
	}
	fmt.Fprintf(b, "%-5s %s (%s)\n%s", verdict, name, t.Summary(), t.Table())
	for _, f := range t.Findings {
		f.print(b)
	}
}

// Table says for each step what went wrong there, and what the flow did.
func (t *TestReport) Table() string {
	var b strings.Builder
	step := ""
	for _, row := range t.Rows {
		if row.Step != step {
			step = row.Step
			fmt.Fprintf(&b, "      %s\n", step)
		}
		fmt.Fprintf(&b, "        %s: %s\n", row.Did, strings.Join(row.Faults, "; "))
	}
	return b.String()
}

// Summary says in a few words what ran.
func (t *TestReport) Summary() string {
	text := fmt.Sprintf("%d schedules", t.Ran)
	if t.Deeper > 0 {
		text += fmt.Sprintf(", %d of them with more than one fault", t.Deeper)
	}
	if t.Left > 0 {
		text += fmt.Sprintf(", %d more are beyond the budget", t.Left)
	}
	if t.NotCovered > 0 {
		text += fmt.Sprintf(", %d not covered", t.NotCovered)
	}
	if t.Stopped {
		text += ", ended before all were tried"
	}
	return text + ", in " + t.Real.Round(100*time.Microsecond).String()
}

// String says what was found, with the schedule, the timeline and the test.
func (f *Finding) String() string {
	var b strings.Builder
	f.print(&b)
	return strings.TrimLeft(b.String(), " ")
}

// print writes what was found.
func (f *Finding) print(b *strings.Builder) {
	where := ""
	if f.Step != "" {
		where = " at " + f.Step
	}
	fmt.Fprintf(b, "    %s%s: %s\n", f.Rule, where, f.Text)
	b.WriteString("      what goes wrong:\n")
	for _, line := range f.Schedule {
		b.WriteString("        " + line + "\n")
	}
	b.WriteString("      what happens:\n")
	for _, line := range f.Timeline {
		b.WriteString("        " + line + "\n")
	}
	if f.Test != "" {
		b.WriteString("      the same as a test, to paste under tests: of this file:\n")
		b.WriteString(f.Test)
	}
}
