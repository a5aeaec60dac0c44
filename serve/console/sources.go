package console

import (
	"bytes"
	"html/template"
	"net/http"
	"path"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/veil"
	"github.com/medlar-flow/medlar/schema"
)

// masked returns a reader of files in which nothing secret stands: who stands in
// URLs, and what the check has found to be a secret that stands in a file.
func masked(found *flows.CheckError, text func(file string) []byte) diag.Source {
	return func(file string) []byte {
		lines := strings.Split(veil.Userinfo(string(text(file))), "\n")
		if found != nil {
			for _, d := range found.Diagnostics {
				if d.Rule == "literal-secret" && d.File == file {
					hide(lines, d.Span)
				}
			}
		}
		return []byte(strings.Join(lines, "\n"))
	}
}

// hide hides what stands in a line from a place on, and the lines below that stand
// further to the right, as those of a block of text do.
func hide(lines []string, at diag.Span) {
	if at.Line < 1 || at.Line > len(lines) {
		return
	}
	line := lines[at.Line-1]
	before := []rune(line)
	lines[at.Line-1] = string(before[:min(max(at.Col-1, 0), len(before))]) + schema.Masked
	for i := at.Line; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) != "" && indent(lines[i]) <= indent(line) {
			return
		}
		if strings.TrimSpace(lines[i]) != "" {
			lines[i] = strings.Repeat(" ", indent(lines[i])) + schema.Masked
		}
	}
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// mistakes returns what a check found, with excerpts.
func mistakes(found, warnings *flows.CheckError, text func(file string) []byte) string {
	var list diag.List
	for _, e := range []*flows.CheckError{found, warnings} {
		if e != nil {
			list = append(list, e.Diagnostics...)
		}
	}
	var out bytes.Buffer
	if diag.Print(&out, list, masked(&flows.CheckError{Diagnostics: list}, text)) != nil {
		return list.Error()
	}
	return out.String()
}

// fits reports whether the file that somebody named may be the one that a run began
// with.
func fits(named, file string) bool {
	return path.Base(strings.ReplaceAll(named, "\\", "/")) == path.Base(file)
}

// flowRow is a flow in the list.
type flowRow struct {
	Name, File, About string
	Link              string // what its page is found by
	Triggers          int
	Wrong             bool
}

func (c *Console) listFlows(w http.ResponseWriter, r *request) {
	var list []flowRow
	named := map[string]bool{}
	for _, s := range c.config.Flows() {
		row := flowRow{File: s.File, Name: s.File}
		flow, _, err := s.Load(r.Context())
		switch {
		case err != nil || flow == nil:
			row.Wrong = true
		default:
			row.Name, row.About, row.Triggers = flow.Name(), flow.Description(), len(flow.Triggers())
		}
		if row.Link = row.Name; named[row.Name] {
			row.Link = row.File // another file has a flow of that name, too
		}
		named[row.Name] = true
		list = append(list, row)
	}
	c.render(w, r, http.StatusOK, "flows", page{Title: "Flows", Here: "flows", Body: list})
}

// flowPage is a flow with its source.
type flowPage struct {
	File, Name, About string
	Link              string // what it was found by
	Mistakes          string
	Source            string // empty where the file has mistakes: what is secret in it is not known then
	Graph             template.HTML
	Triggers          []triggerRow
	Fields            []field
	Like              string // the run whose inputs stand in the form
	Version           string
	Once              string // what the form is known by: see starts
}

// find returns the file that a page is about: by its own name, or the name of its flow,
// which several may have. That another file cannot be read is told on its own page.
func (c *Console) find(r *request, name string) (s *Source, flow *flows.Flow, found *flows.CheckError, err error) {
	sources := c.config.Flows()
	for i := range sources {
		s := &sources[i]
		flow, found, err := s.Load(r.Context())
		switch {
		case err != nil && s.File == name:
			return nil, nil, nil, err //nolint:wrapcheck // it says all
		case err == nil && (s.File == name || flow != nil && flow.Name() == name):
			return s, flow, found, nil
		}
	}
	return nil, nil, nil, nil
}
