package metrics

import (
	"bytes"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/late"
)

// ContentType is that of what Write writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Write writes all families.
func (s *Set) Write(w io.Writer) error {
	var out writer
	for _, f := range s.families {
		f.write(&out)
	}
	_, err := w.Write(out.Bytes())
	return err //nolint:wrapcheck // it is the connection's
}

// writer holds what is written.
type writer struct{ bytes.Buffer }

func (w *writer) head(h *head) {
	w.WriteString("# HELP " + h.name + " " + helpText.Get().Replace(h.help) + "\n# TYPE " + h.name + " " + h.kind + "\n")
}

// line writes a series; more is a label beyond those of the family, and its value.
func (w *writer) line(name string, labels []string, k key, v float64, more ...string) {
	w.WriteString(name)
	before := "{"
	label := func(name, text string) {
		w.WriteString(before + name + `="` + labelText.Get().Replace(strings.ToValidUTF8(text, "\uFFFD")) + `"`)
		before = ","
	}
	for i, name := range labels {
		label(name, k[i])
	}
	if len(more) > 0 {
		label(more[0], more[1])
	}
	if before == "," {
		w.WriteByte('}')
	}
	w.WriteString(" " + number(v) + "\n")
}

// What the format has escapes for.
var (
	helpText = late.Value[*strings.Replacer]{Make: func() *strings.Replacer {
		return strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	}}
	labelText = late.Value[*strings.Replacer]{Make: func() *strings.Replacer {
		return strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	}}
)

func number(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func (c *Counter) write(w *writer) {
	w.head(&c.head)
	for _, k := range c.series.sorted() {
		w.line(c.name, c.labels, k, math.Float64frombits(c.series.at(k[:len(c.labels)]).Load()))
	}
}

func (h *Histogram) write(w *writer) {
	w.head(&h.head)
	for _, k := range h.series.sorted() {
		b := h.series.at(k[:len(h.labels)])
		b.mu.Lock()
		counts, sum := slices.Clone(b.counts), b.sum
		b.mu.Unlock()
		var all uint64
		for i, n := range counts {
			all += n
			bound := math.Inf(1)
			if i < len(h.bounds) {
				bound = h.bounds[i]
			}
			w.line(h.name+"_bucket", h.labels, k, float64(all), "le", number(bound))
		}
		w.line(h.name+"_sum", h.labels, k, sum)
		w.line(h.name+"_count", h.labels, k, float64(all))
	}
}

func (g *gauge) write(w *writer) {
	w.head(&g.head)
	g.read(func(v float64, values ...string) {
		var k key
		copy(k[:], values)
		w.line(g.name, g.labels, k, v)
	})
}
