package tree

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/visible"
)

// View says how a tree is drawn.
type View struct {
	Now    time.Time
	Width  int // characters in a line
	Height int // lines
	Color  bool
	Frame  int // counts up from draw to draw; it turns the mark of what runs
}

// line is one line before it is cut to the width.
type line struct {
	node   *node
	depth  int
	label  string
	detail string
}

// Lines returns the tree as lines of text, at most v.Height of them. Where there
// is no room for every step, what failed and what runs goes before what is
// done, and late steps before early ones.
func (t *Tree) Lines(v View) []string {
	if t.root.name == "" && len(t.root.children) == 0 {
		return nil
	}
	all := collect(nil, t.root, 0, "")
	shown := choose(all, max(v.Height-1, 1))
	var lines []string
	for i := range shown {
		shown[i].detail = t.detail(shown[i].node, v.Now)
	}
	column := labelColumn(shown)
	for _, l := range shown {
		lines = append(lines, t.render(l, column, v))
	}
	if left := len(all) - len(shown); left > 0 && v.Height > 1 {
		lines = append(lines, cut(fmt.Sprintf("  … and %d more", left), v.Width))
	}
	return lines
}

// collect lists the nodes that have a line, a parent before its children. A
// part of a path that is no step gives its name to the steps below it.
func collect(lines []line, n *node, depth int, prefix string) []line {
	label := prefix + n.name
	if n.state != group {
		lines = append(lines, line{node: n, depth: depth, label: label})
		depth, label = depth+1, ""
	} else if n.name != "" {
		label += "/"
	}
	for _, child := range n.children {
		lines = collect(lines, child, depth, label)
	}
	return lines
}

// choose keeps at most room lines, the most telling ones, in their order.
func choose(all []line, room int) []line {
	if len(all) <= room {
		return all
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(weight(all[a].node), weight(all[b].node)), cmp.Compare(b, a))
	})
	order = order[:room]
	slices.Sort(order)
	kept := make([]line, room)
	for i, index := range order {
		kept[i] = all[index]
	}
	return kept
}

// weight is smaller for what matters more.
func weight(n *node) int {
	switch {
	case n.parent == nil:
		return 0
	case n.state == failed || n.state == undoFailed:
		return 1
	case n.state == running || n.state == undoing:
		return 2
	default:
		return 3
	}
}

// maxColumn bounds how far the details are moved to the right.
const maxColumn = 32

func labelColumn(lines []line) int {
	column := 0
	for _, l := range lines {
		if l.depth > 0 {
			column = max(column, l.indent()+utf8.RuneCountInString(l.label))
		}
	}
	return min(column, maxColumn)
}

func (l line) indent() int { return 2 * max(l.depth-1, 0) }

func (t *Tree) render(l line, column int, v View) string {
	s := t.sign(l.node, v.Frame)
	text := printable(l.label)
	if l.detail != "" {
		pad := 0
		if l.depth > 0 {
			pad = max(column-l.indent()-utf8.RuneCountInString(text), 0)
		}
		text += strings.Repeat(" ", pad) + "  " + printable(l.detail)
	}
	indent := strings.Repeat(" ", l.indent())
	text = cut(" "+text, v.Width-len(indent)-1)
	if !v.Color {
		return indent + s.mark + text
	}
	return indent + s.color + s.mark + reset + text
}

// sign is the mark before a step.
type sign struct{ mark, color string }

const reset = "\x1b[0m"

var (
	spinner = [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}
	signs   = late.Value[map[state]sign]{Make: func() map[state]sign {
		return map[state]sign{
			group:      {" ", ""},
			finished:   {"✓", "\x1b[32m"},
			skipped:    {"–", "\x1b[2m"},
			failed:     {"✗", "\x1b[31m"},
			stopped:    {"–", "\x1b[2m"},
			undone:     {"↺", "\x1b[33m"},
			undoFailed: {"✗", "\x1b[31m"},
		}
	}}
)

func (t *Tree) sign(n *node, frame int) sign {
	if s, ok := signs.Get()[n.state]; ok {
		return s
	}
	if t.over() {
		return signs.Get()[skipped]
	}
	return sign{spinner[frame%len(spinner)], "\x1b[36m"}
}

func (t *Tree) over() bool { return t.root.state == finished || t.root.state == failed }

// detail says what a step is and how it stands.
func (t *Tree) detail(n *node, now time.Time) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	add(cmp.Or(n.operation, n.verb))
	if n.loop != nil {
		add(n.loop.progress(n.active()))
	}
	add(t.standing(n, now))
	add(n.attempts(now))
	add(n.problem)
	return strings.Join(parts, "  ")
}

// attempts tells of retries: "attempt 2 in 1.5s", "attempt 2", "2 attempts".
func (n *node) attempts(now time.Time) string {
	switch {
	case n.attempt < 2:
		return ""
	case n.state == running && n.retryAt.After(now):
		return fmt.Sprintf("attempt %d in %s", n.attempt, duration(n.retryAt.Sub(now)))
	case n.state == running:
		return fmt.Sprintf("attempt %d", n.attempt)
	default:
		return fmt.Sprintf("%d attempts", n.attempt)
	}
}

// standing is the time, or a word where the mark alone does not tell.
func (t *Tree) standing(n *node, now time.Time) string {
	switch n.state {
	case running:
		if t.over() {
			return "stopped"
		}
		return duration(since(n.started, now))
	case stopped:
		return "stopped"
	case undoing:
		return "undoing"
	case undone:
		return "undone"
	case undoFailed:
		return "not undone"
	case skipped:
		return "skipped"
	default:
		return duration(n.took)
	}
}

// duration returns a time as a person reads it: 12ms, 3.2s, 1m05s, 2h10m.
func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
}

// printable keeps control characters of a service's message away from the
// terminal, writes out those that turn the direction of text, and keeps everything on
// one line.
func printable(text string) string { return visible.Line(text) }

func cut(text string, width int) string {
	if width < 1 || utf8.RuneCountInString(text) <= width {
		return text
	}
	runes := []rune(text)
	return string(runes[:width-1]) + "…"
}
