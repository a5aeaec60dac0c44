package console

import (
	"html/template"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/visible"
)

// groupSize is how many rows of a run that is watched are sent together.
const groupSize = 25

// rowGroup are rows of steps that stand behind each other.
type rowGroup struct {
	Number  int // among those of the run
	Rows    template.HTML
	settled bool // they change only with what the journal tells of these steps
}

// Whole is the group with what holds it.
func (g rowGroup) Whole() template.HTML {
	return template.HTML(`<tbody id="`) + template.HTML(g.name()) + `">` + g.Rows + "</tbody>\n" //nolint:gosec // it is a number
}

func (g rowGroup) name() string { return "steps-" + itoa(g.Number) }

// groupsOf returns the rows of the latest steps, the latest first; more says that there
// are others before them. The steps before from are what they were when old was made.
func groupsOf(base string, d *journal.Details, old []rowGroup, from int, now time.Time) (list []rowGroup, more bool) {
	first := max(0, len(d.Steps)-stepsShown) / groupSize
	for n := (len(d.Steps) - 1) / groupSize; n >= first && len(d.Steps) > 0; n-- {
		low, high := n*groupSize, min((n+1)*groupSize, len(d.Steps))
		if len(old) > 0 && high <= from {
			if i := old[0].Number - n; i >= 0 && i < len(old) && old[i].settled {
				list = append(list, old[i])
				continue
			}
		}
		list = append(list, rowGroup{Number: n, Rows: stepRows(base, d.ID, rows(d, low, high, now)), settled: settled(d.Steps[low:high], now)})
	}
	return list, first > 0
}

// settled reports whether nothing is under way in steps.
func settled(steps []journal.Step, now time.Time) bool {
	for i := range steps {
		s := &steps[i]
		over := s.Signal == "" && !s.Until.IsZero() && !s.Until.After(now)
		if s.Err == nil && s.Ended.IsZero() && s.Iterations == 0 && !over {
			return false
		}
	}
	return true
}

// stepRows writes the rows of a table of steps. A page that is watched has two hundred
// of them each time, for which a template takes several times as long.
func stepRows(base, run string, steps []stepRow) template.HTML {
	var out strings.Builder
	text := func(parts ...string) {
		for _, part := range parts {
			out.WriteString(template.HTMLEscapeString(part))
		}
	}
	link := base + "/runs/" + escapeRun(run) + "/step?n="
	for i := range steps {
		s := &steps[i]
		out.WriteString("<tr>\n<td><a href=\"")
		text(link, itoa(s.Number))
		out.WriteString(`">`)
		text(s.Path)
		out.WriteString("</a></td><td>")
		text(s.What)
		out.WriteString("</td>\n<td><span class=\"state ")
		text(s.State)
		out.WriteString(`">`)
		text(s.State)
		out.WriteString("</span>")
		if s.Kept {
			out.WriteString(` <span class="dim">kept</span>`)
		}
		if !s.Until.IsZero() {
			text(" until ", clock(s.Until))
		}
		out.WriteString("</td>\n<td class=\"when\">")
		text(clock(s.Started))
		out.WriteString("</td><td>")
		text(took(s.Started, s.Ended))
		out.WriteString("</td><td class=\"came\"><code>")
		text(s.Text)
		out.WriteString("</code></td>\n</tr>")
	}
	return template.HTML(visible.HTML(out.String())) //nolint:gosec // it is escaped above
}
