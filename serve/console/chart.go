package console

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// bars are those of a chart, which ends now.
type bars struct {
	count int
	each  time.Duration
}

// What a chart is wide and high, in pixels.
const (
	chartW = 192
	chartH = 36
)

// of returns the bar of a moment; -1 for none.
func (b bars) of(t, now time.Time) int {
	i := b.count - 1 - int(now.Sub(t)/b.each)
	if t.After(now) {
		i = b.count - 1
	}
	return max(-1, min(i, b.count-1))
}

// unit is what a bar stands for.
func (b bars) unit() string {
	if b.each == time.Minute {
		return "a minute a bar"
	}
	return "an hour a bar"
}

// runs draws how many runs began, and of these how many failed.
func (b bars) runs(list []journal.Run, now time.Time) template.HTML {
	all, bad := make([]int, b.count), make([]int, b.count)
	most := 1
	for _, r := range list {
		i := b.of(r.Started, now)
		if i < 0 {
			continue
		}
		all[i]++
		if r.State == journal.Failed {
			bad[i]++
		}
		most = max(most, all[i])
	}
	d := b.begin(fmt.Sprintf("runs that began and, in red, those that failed, %s; at most %d", b.unit(), most))
	for i := range all {
		h, f := all[i]*chartH/most, bad[i]*chartH/most
		if bad[i] > 0 {
			f = max(f, 2)
		}
		h = max(h, f)
		d.bar("good", i, f, h)
		d.bar("bad", i, 0, f)
	}
	return d.end()
}

// times draws how long the runs took that began then: the median, and above it the
// longest.
func (b bars) times(list []journal.Run, now time.Time) template.HTML {
	took := make([][]time.Duration, b.count)
	most := time.Duration(1)
	for _, r := range list {
		if i := b.of(r.Started, now); i >= 0 && !r.Ended.IsZero() {
			took[i] = append(took[i], r.Ended.Sub(r.Started))
			most = max(most, r.Ended.Sub(r.Started))
		}
	}
	d := b.begin(fmt.Sprintf("how long runs took, the median and above it the longest, %s; at most %s", b.unit(), rounded(most)))
	for i := range took {
		if len(took[i]) == 0 {
			continue
		}
		median, longest := middle(took[i])
		m, l := int(median*chartH/most), int(longest*chartH/most)
		m = max(m, 1)
		d.bar("long", i, m, max(l, m))
		d.bar("busy", i, 0, m)
	}
	return d.end()
}

// barChart is a chart that is being drawn.
type barChart struct {
	out strings.Builder
	w   int // of a bar
	all int
}

func (b bars) begin(label string) *barChart {
	d := &barChart{w: chartW / b.count, all: b.count}
	w := d.w * d.all
	fmt.Fprintf(&d.out, `<svg class="chart" role="img" width="%d" height="%d" viewBox="0 0 %d %d" aria-label="%s">`, w, chartH+1, w, chartH+1, template.HTMLEscapeString(label))
	return d
}

// bar draws a part of a bar, from one height to another.
func (d *barChart) bar(class string, i, from, to int) {
	if to > from {
		fmt.Fprintf(&d.out, `<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, class, i*d.w, chartH-to, d.w-1, to-from)
	}
}

func (d *barChart) end() template.HTML {
	fmt.Fprintf(&d.out, `<path class="axis" d="M0 %dH%d"/></svg>`, chartH, d.w*d.all)
	return template.HTML(d.out.String()) //nolint:gosec // numbers, and a label that is escaped
}
