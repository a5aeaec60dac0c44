package graph

import (
	"fmt"
	"unicode/utf8"
)

// Lengths in pixels. A letter is as wide as one of a monospaced font of 12 pixels.
const (
	letter   = 7.3
	pad      = 12
	gap      = 22 // between steps that follow one another
	beside   = 14 // between blocks
	row      = 16 // of a text
	boxH     = 44
	lowH     = 28 // of a step without a second line
	leastW   = 110
	linesAt  = 24 // from the left of a step
	markRoom = 18
)

// What is drawn at most: a block with more steps is folded to its first ones and
// those whose state somebody wants to see.
const (
	mostInBlock = 200
	firstOf     = 20
	mostDrawn   = 4000
	maxTitle    = 34 // characters
)

// placed is a step with its size, and what of it is drawn.
type placed struct {
	node   *node
	title  string
	detail string
	blocks []*column
	w, h   int
	// bodyW and bodyH are its size without the undo beside it.
	bodyW, bodyH int
}

// column is a block with its size.
type column struct {
	block *block
	steps []*placed
	more  string // of the steps that are not drawn; empty for none
	w, h  int
}

// layout measures from the inside outwards.
type layout struct {
	state func(path string) string
	left  int // steps that may be drawn yet
}

func (l *layout) column(b *block) *column {
	c := &column{block: b, w: leastW}
	shown := b.nodes
	if len(shown) > mostInBlock || len(shown) > l.left {
		shown = l.some(b.nodes)
	}
	if more := len(b.nodes) - len(shown); more > 0 {
		c.more = fmt.Sprintf("… %d more", more)
		if done := l.done(b.nodes) - l.done(shown); done > 0 {
			c.more += fmt.Sprintf(", %d of them done", done)
		}
		c.w = max(c.w, width(c.more))
	}
	l.left -= len(shown)
	for i, n := range shown {
		p := l.node(n)
		if i > 0 {
			c.h += gap
		}
		c.h += p.h
		c.w = max(c.w, p.w)
		c.steps = append(c.steps, p)
	}
	if c.more != "" {
		c.h += gap + row
	}
	if b.name != "" {
		c.h += row + 4
		c.w = max(c.w, width(b.name))
	}
	return c
}

// some chooses the first steps of many, and those behind them that failed, or are
// under way.
func (l *layout) some(nodes []*node) []*node {
	var shown []*node
	for i, n := range nodes {
		state := l.state(n.info.Path)
		if len(shown) >= min(mostInBlock, max(l.left, 0)) {
			break
		}
		if i < firstOf || state != "" && state != "done" {
			shown = append(shown, n)
		}
	}
	return shown
}

// done counts the steps that are.
func (l *layout) done(nodes []*node) (n int) {
	for _, node := range nodes {
		if l.state(node.info.Path) == "done" {
			n++
		}
	}
	return n
}

func (l *layout) node(n *node) *placed {
	p := &placed{node: n, title: cut(n.title(), maxTitle), detail: cut(n.detail(), maxTitle)}
	p.w, p.h = max(leastW, width(p.title)+2*pad+markRoom, width(p.detail)+2*pad), p.headH()
	inner, innerH := 0, 0
	undoW, undoH := 0, 0
	for _, b := range n.blocks {
		c := l.column(b)
		p.blocks = append(p.blocks, c)
		if b.isUndo() {
			undoW, undoH = beside+c.w+2*pad, c.h+2*pad
			continue
		}
		if inner > 0 {
			inner += beside
		}
		inner += c.w
		if b.aside() {
			inner += 2 * pad
		}
		innerH = max(innerH, c.h)
		if b.aside() {
			innerH = max(innerH, c.h+2*pad)
		}
	}
	if inner > 0 {
		p.w = max(p.w, inner+2*pad)
		p.h += innerH + pad
	}
	p.bodyW, p.bodyH = p.w, p.h
	p.w += undoW
	p.h = max(p.h, undoH)
	return p
}

// headH is the height of what is written of a step.
func (p *placed) headH() int {
	if p.detail == "" {
		return lowH
	}
	return boxH
}

// isFrame reports whether other steps stand in it.
func (p *placed) isFrame() bool {
	for _, c := range p.blocks {
		if !c.block.isUndo() {
			return true
		}
	}
	return false
}

func width(text string) int { return int(letter*float64(utf8.RuneCountInString(text))) + 1 }
