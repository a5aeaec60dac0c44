package console

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// What a timeline draws: the latest steps, a bar each.
const (
	mostBars  = 60
	barH      = 16
	barsW     = 420
	barsStart = 230
)

// timeline draws when the steps of a run ran.
func timeline(d *journal.Details, now time.Time) template.HTML {
	var steps []journal.Step // an earlier run did those that are kept, at its time
	for i := len(d.Steps) - 1; i >= 0 && len(steps) < mostBars; i-- {
		if !d.Steps[i].Kept {
			steps = append(steps, d.Steps[i])
		}
	}
	slices.Reverse(steps)
	from, to := time.Time{}, d.Ended
	if to.IsZero() {
		to = now
	}
	for _, s := range steps {
		if !s.Started.IsZero() && (from.IsZero() || s.Started.Before(from)) {
			from = s.Started
		}
	}
	if from.IsZero() || !to.After(from) {
		return ""
	}
	var out strings.Builder
	w, h := barsStart+barsW+70, len(steps)*barH+8
	fmt.Fprintf(&out, `<svg class="chart" role="img" width="%d" height="%d" viewBox="0 0 %d %d" aria-label="when its steps ran">`, w, h, w, h)
	at := func(t time.Time) int {
		return barsStart + int(float64(barsW)*float64(t.Sub(from))/float64(to.Sub(from)))
	}
	for i := range steps {
		s := &steps[i]
		end := endOf(d, s, now)
		if end.IsZero() || end.After(to) {
			end = to
		}
		if s.Started.IsZero() || end.Before(s.Started) {
			continue
		}
		y := i*barH + 4
		x, width := at(s.Started), max(2, at(end)-at(s.Started))
		fmt.Fprintf(&out, `<text x="0" y="%d">%s</text><rect class="%s" x="%d" y="%d" width="%d" height="%d"/><text x="%d" y="%d">%s</text>`,
			y+11, template.HTMLEscapeString(tail(s.Path, 30)), colorOf(stateOf(d, s, now)), x, y+1, width, barH-4, x+width+4, y+11,
			template.HTMLEscapeString(rounded(end.Sub(s.Started)).String()))
	}
	out.WriteString("</svg>")
	return template.HTML(out.String()) //nolint:gosec // it is escaped above
}

// tail returns the end of a text, which tells paths apart.
func tail(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return "…" + string(runes[len(runes)-most+1:])
}

// colorOf returns the class of a state in a chart.
func colorOf(state string) string {
	switch state {
	case "done":
		return "good"
	case "failed":
		return "bad"
	case "running":
		return "busy"
	case "waiting":
		return "wait"
	}
	return "warn"
}
