package figures

import (
	"encoding/json"
	"fmt"
	"io"
)

// Report is everything that was measured, as --json gives it.
type Report struct {
	Machine  Machine   `json:"machine"`
	Rounds   int       `json:"rounds"`
	Legend   []string  `json:"legend"`
	Sections []Section `json:"sections"`
	Goals    Goals     `json:"goals,omitempty"` // how the numbered ones stand
	// Interrupted says where somebody ended it before everything was measured; empty
	// for a report of all.
	Interrupted string `json:"interrupted,omitempty"`
}

// Machine says where it was measured.
type Machine struct {
	Go    string `json:"go"`
	OS    string `json:"os"`
	Arch  string `json:"arch"`
	Cores int    `json:"cores"`
	CPU   string `json:"cpu,omitempty"` // empty where it cannot be found out
}

// Section is what was measured together.
type Section struct {
	Name     string     `json:"name"`
	Title    string     `json:"title"`
	AtOnce   int        `json:"atOnce,omitempty"` // calls at the same time; 0 where that means nothing
	Columns  []Column   `json:"columns"`
	Rows     []Row      `json:"rows"`
	Compared []Compared `json:"compared"`
	// Error says why the section was given up; empty for one that was measured. What
	// has figures all the same was measured before.
	Error string `json:"error,omitempty"`
}

// Fail says that a section was given up. What was compared in it meets no goal, and
// misses none.
func (s *Section) Fail(err error) {
	s.Error = err.Error()
	for i := range s.Compared {
		s.Compared[i].Met = nil
	}
}

// Column is a metric of a section's rows.
type Column struct {
	Metric string `json:"metric"`
	Header string `json:"header"`
}

// Row is one thing that was measured, with its metrics.
type Row struct {
	Name    string          `json:"name"`
	Label   string          `json:"label"`
	Figures map[string]Stat `json:"figures"`
}

// Failed returns the names of the sections that were given up.
func (r *Report) Failed() []string {
	var names []string
	for _, s := range r.Sections {
		if s.Error != "" {
			names = append(names, s.Name)
		}
	}
	return names
}

// Missing returns a line for each section that was given up, and one for an
// interruption.
func (r *Report) Missing() []string {
	var lines []string
	if r.Interrupted != "" {
		lines = append(lines, "Interrupted in "+r.Interrupted+".")
	}
	for _, s := range r.Sections {
		if s.Error != "" {
			lines = append(lines, fmt.Sprintf("%s was given up: %s", s.Name, s.Error))
		}
	}
	return lines
}

// JSON writes the report, indented.
func (r *Report) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r) //nolint:wrapcheck // it is the writer's
}

// Heading is the title with how many calls there were at once.
func (s *Section) Heading() string {
	if s.AtOnce == 0 {
		return s.Title
	}
	return fmt.Sprintf("%s, %d at once", s.Title, s.AtOnce)
}

// Table returns the rows of a section.
func (s *Section) Table() Table {
	t := Table{Title: s.Heading(), Header: []string{""}}
	for _, c := range s.Columns {
		t.Header = append(t.Header, c.Header)
	}
	for _, row := range s.Rows {
		cells := []string{row.Label}
		for _, c := range s.Columns {
			cells = append(cells, row.Figures[c.Metric].Text())
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// Ratios returns what was compared in all sections, with spread and goal.
func (r *Report) Ratios() Table {
	t := Table{Title: "Against the goals", Header: []string{"", "median", "spread", "goal", ""}}
	for _, s := range r.Sections {
		for _, c := range s.Compared {
			cells := c.Cells()
			cells[0] = s.Heading() + ": " + cells[0]
			t.Rows = append(t.Rows, cells)
		}
	}
	return t
}

// ByCalls returns what was compared in the sections that differ by the number of
// calls at once only: a row for each comparison, a column for each number.
func (r *Report) ByCalls() Table {
	t := Table{Header: []string{""}}
	columns, rows := map[int]int{}, map[string]int{}
	for _, s := range r.Sections {
		if s.AtOnce == 0 {
			continue
		}
		column, ok := columns[s.AtOnce]
		if !ok {
			column = len(t.Header)
			columns[s.AtOnce] = column
			t.Header = append(t.Header, fmt.Sprintf("%d at once", s.AtOnce))
		}
		for _, c := range s.Compared {
			name := s.Title + ": " + c.Name
			row, ok := rows[name]
			if !ok {
				row = len(t.Rows)
				rows[name] = row
				t.Rows = append(t.Rows, []string{name})
			}
			for len(t.Rows[row]) < column {
				t.Rows[row] = append(t.Rows[row], "")
			}
			t.Rows[row] = append(t.Rows[row], c.Cells()[1])
		}
	}
	for i := range t.Rows {
		for len(t.Rows[i]) < len(t.Header) {
			t.Rows[i] = append(t.Rows[i], "")
		}
	}
	return t
}

// Others returns what was compared in the sections that ByCalls leaves out.
func (r *Report) Others() Table {
	t := Table{Header: []string{"", "median", "spread"}}
	for _, s := range r.Sections {
		for _, c := range s.Compared {
			if s.AtOnce == 0 {
				t.Rows = append(t.Rows, append([]string{s.Title + ": " + c.Name}, c.Cells()[1:3]...))
			}
		}
	}
	return t
}
