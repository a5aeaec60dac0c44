package figures

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Table is text in rows and columns.
type Table struct {
	Title  string
	Header []string
	Rows   [][]string
}

// Text writes the table with aligned columns.
func (t Table) Text(w io.Writer) error {
	tabs := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tabs, "%s\n", t.Title)
	for _, row := range append([][]string{t.Header}, t.Rows...) {
		fmt.Fprintf(tabs, "  %s\n", strings.Join(row, "\t"))
	}
	fmt.Fprintln(tabs)
	return tabs.Flush() //nolint:wrapcheck // it is the writer's
}

// Markdown writes the table without its title: the first column to the left,
// the others to the right.
func (t Table) Markdown(w io.Writer) error {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.Header)
	rule := make([]string, len(t.Header))
	for i := range rule {
		rule[i] = "---:"
	}
	rule[0] = "---"
	line(rule)
	for _, row := range t.Rows {
		line(row)
	}
	_, err := io.WriteString(w, b.String())
	return err //nolint:wrapcheck // it is the writer's
}

// Number returns three digits that matter, in full above a hundred.
func Number(v float64) string {
	switch size := math.Abs(v); {
	case size >= 99.95:
		return thousands(strconv.FormatFloat(v, 'f', 0, 64))
	case size >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}

func thousands(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Text returns the median; empty where nothing was measured.
func (s Stat) Text() string {
	if s.Rounds == 0 {
		return ""
	}
	return Number(s.Median)
}

// Cells returns the columns of a table of comparisons: name, median, spread,
// goal, and whether it is met.
func (c Compared) Cells() []string {
	if c.Rounds == 0 {
		return []string{c.Name, "", "", c.goal(), ""}
	}
	met := ""
	if c.Met != nil {
		met = map[bool]string{true: "ok", false: "miss"}[*c.Met]
	}
	return []string{c.Name, c.with(c.Median), Number(c.Min) + " to " + Number(c.Max), c.goal(), met}
}

func (c Compared) goal() string {
	var bound string
	switch {
	case c.AtLeast != 0:
		bound = "≥ " + c.with(c.AtLeast)
	case c.AtMost != 0:
		bound = "≤ " + c.with(c.AtMost)
	}
	if c.Goal == 0 {
		return bound
	}
	return fmt.Sprintf("%s (%d)", bound, c.Goal)
}

func (c Compared) with(v float64) string {
	return strings.TrimSpace(Number(v) + " " + c.Unit)
}
