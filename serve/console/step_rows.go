package console

import (
	"html/template"
	"strings"
)

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
		out.WriteString("</td>\n<td>")
		text(clock(s.Started))
		out.WriteString("</td><td>")
		text(took(s.Started, s.Ended))
		out.WriteString("</td><td class=\"came\"><code>")
		text(s.Text)
		out.WriteString("</code></td>\n</tr>")
	}
	return template.HTML(out.String()) //nolint:gosec // it is escaped above
}
