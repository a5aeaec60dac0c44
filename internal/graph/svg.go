package graph

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/internal/late"
)

// CSS is the style sheet of graphs, for pages that hold them.
//
//go:embed style.css
var CSS string

// Options say how a graph is drawn.
type Options struct {
	// State says where the step of a path of the outline stands: done, failed,
	// running, interrupted, waiting, undone, or nothing. nil for nothing everywhere.
	State func(path string) string
	// Alone is true for a file of its own, which brings its style sheet.
	Alone bool
}

// SVG returns the graph as an image that needs no script and loads nothing. A block
// of many steps is folded to the first ones and those whose state is not done.
func (g *Graph) SVG(o Options) string {
	if o.State == nil {
		o.State = func(string) string { return "" }
	}
	l := &layout{state: o.State, left: mostDrawn}
	c := l.column(&g.root)
	d := &drawing{state: o.State}
	w, h := c.w+2*pad, c.h+2*pad+2*gap
	fmt.Fprintf(&d.out, `<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" width="%d" height="%d" viewBox="0 0 %d %d" aria-label="%s">`+"\n",
		w, h, w, h, escaped("the steps of "+g.name))
	if o.Alone {
		fmt.Fprintf(&d.out, "<style>\n%s</style>\n", CSS)
	}
	x := pad + linesAt
	fmt.Fprintf(&d.out, `<circle class="dot" cx="%d" cy="%d" r="4"/>`+"\n", x, pad)
	d.line(x, pad, x, pad+gap)
	d.line(x, d.column(c, pad, pad+gap), x, h-pad)
	fmt.Fprintf(&d.out, `<circle class="dot" cx="%d" cy="%d" r="4"/>`+"\n</svg>\n", x, h-pad)
	return d.out.String()
}

type drawing struct {
	out   strings.Builder
	state func(path string) string
}

func (d *drawing) line(x1, y1, x2, y2 int) {
	if y2 > y1 {
		fmt.Fprintf(&d.out, `<path class="line" d="M%d %dL%d %d"/>`+"\n", x1, y1, x2, y2)
	}
}

func (d *drawing) text(class string, x, y int, text string) {
	fmt.Fprintf(&d.out, `<text class="%s" x="%d" y="%d">%s</text>`+"\n", class, x, y, escaped(text))
}

func (d *drawing) rect(class string, x, y, w, h int) {
	fmt.Fprintf(&d.out, `<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="5"/>`+"\n", class, x, y, w, h)
}

// column draws a block whose upper left corner is there, and returns where its last
// step ends.
func (d *drawing) column(c *column, x, y int) (bottom int) {
	if c.block.name != "" {
		d.text("caption", x, y+row-4, c.block.name)
		y += row + 4
	}
	for i, p := range c.steps {
		if i > 0 {
			d.line(x+linesAt, bottom, x+linesAt, y)
		}
		d.step(p, x, y)
		bottom = y + p.bodyH
		y += p.h + gap
	}
	if c.more != "" {
		d.text("more", x, y+row-gap/2, c.more)
		bottom = y + row
	}
	return bottom
}

// marks tell a state to those who do not see colors.
var marks = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{"done": "✓", "failed": "✗", "running": "▸", "waiting": "…", "interrupted": "‖", "undone": "↶"}
}}

func (d *drawing) step(p *placed, x, y int) {
	state := d.state(p.node.info.Path)
	mark, known := marks.Get()[state]
	class, told := "step", p.node.info.Path+" "+p.node.title()
	if known {
		class += " " + state
		told += ": " + state
	}
	shape := "box"
	if p.isFrame() {
		shape = "frame"
	}
	if detail := p.node.detail(); detail != "" {
		told += ", " + detail
	}
	fmt.Fprintf(&d.out, `<g class="%s"><title>%s</title>`+"\n", class, escaped(told))
	d.rect(shape, x, y, p.bodyW, p.bodyH)
	d.text("title", x+pad, y+18, p.title)
	if p.detail != "" {
		d.text("detail", x+pad, y+18+row, p.detail)
	}
	if known {
		d.text("mark", x+p.bodyW-markRoom, y+18, mark)
	}
	d.blocks(p, x, y)
	d.out.WriteString("</g>\n")
}

// blocks draws what stands in a step, and beside it.
func (d *drawing) blocks(p *placed, x, y int) {
	top := y + p.headH()
	at := x + pad
	for _, c := range p.blocks {
		switch {
		case c.block.isUndo():
			d.rect("aside", x+p.bodyW+beside, y, c.w+2*pad, c.h+2*pad)
			d.column(c, x+p.bodyW+beside+pad, y+pad)
		case c.block.aside():
			d.rect("aside", at, top, c.w+2*pad, c.h+2*pad)
			d.column(c, at+pad, top+pad)
			at += c.w + 2*pad + beside
		default:
			d.column(c, at, top)
			at += c.w + beside
		}
	}
}

// escaped returns a text for XML; what XML cannot hold is a question mark.
func escaped(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '&':
			out.WriteString("&amp;")
		case r == '<':
			out.WriteString("&lt;")
		case r == '>':
			out.WriteString("&gt;")
		case r == '"':
			out.WriteString("&#34;")
		case r == '\n' || r == '\t' || r == '\r':
			out.WriteByte(' ')
		case r < ' ' || r == 0xfffe || r == 0xffff:
			out.WriteByte('?')
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}
