package graph

import (
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/internal/late"
)

// Mermaid returns the graph as a flowchart of Mermaid.
func (g *Graph) Mermaid() string {
	m := &chart{}
	fmt.Fprintf(&m.out, "flowchart TD\n  start([\"%s\"])\n", label(g.name))
	ends := m.block(&g.root, []edge{{from: "start"}})
	m.out.WriteString("  done([\"done\"])\n")
	m.edges(ends, "done")
	return m.out.String()
}

// chart is a flowchart that is written.
type chart struct {
	out   strings.Builder
	count int
}

// edge is where the next step comes from.
type edge struct {
	from, label string
	dotted      bool // it goes there only when something went wrong
}

func (m *chart) edges(list []edge, to string) {
	for _, e := range list {
		line := "-->"
		if e.dotted {
			line = "-.->"
		}
		if e.label != "" {
			line += "|\"" + label(e.label) + "\"|"
		}
		fmt.Fprintf(&m.out, "  %s %s %s\n", e.from, line, to)
	}
}

// block writes steps, and returns where the step behind them comes from.
func (m *chart) block(b *block, from []edge) []edge {
	for _, n := range b.nodes {
		from = m.node(n, from)
	}
	return from
}

// shapes are what stands around the text of a step.
var shapes = late.Value[map[string][2]string]{Make: func() map[string][2]string {
	return map[string][2]string{
		"if": {"{\"", "\"}"}, "switch": {"{\"", "\"}"}, "parallel": {"{{\"", "\"}}"},
		"forEach": {"[[\"", "\"]]"}, "repeat": {"[[\"", "\"]]"}, "flow": {"[[\"", "\"]]"},
		"return": {"([\"", "\"])"}, "fail": {"([\"", "\"])"},
	}
}}

func (m *chart) node(n *node, from []edge) []edge {
	m.count++
	id := fmt.Sprintf("s%d", m.count)
	shape, ok := shapes.Get()[n.info.Verb]
	if !ok {
		shape = [2]string{"[\"", "\"]"}
	}
	text := label(n.title())
	if detail := n.detail(); detail != "" {
		text += "<br/>" + label(detail)
	}
	fmt.Fprintf(&m.out, "  %s%s%s%s\n", id, shape[0], text, shape[1])
	m.edges(from, id)
	ends := m.inner(n, id)
	for _, b := range n.blocks {
		if b.isUndo() {
			m.block(b, []edge{{id, "undo", true}})
		}
	}
	if n.info.Guarded && n.info.Verb != "if" {
		ends = append(from[:len(from):len(from)], ends...) // a condition can skip it
		for i := range from {
			ends[i].label, ends[i].dotted = "unless "+id, false
		}
	}
	return ends
}

// inner writes the blocks of a step, and returns where the step behind it comes from.
func (m *chart) inner(n *node, id string) []edge {
	switch n.info.Verb {
	case "forEach", "repeat":
		for _, b := range n.blocks {
			if !b.isUndo() {
				for _, e := range m.block(b, []edge{{id, "each", false}}) {
					m.edges([]edge{{e.from, "next", false}}, id)
				}
			}
		}
		return []edge{{from: id}}
	case "return", "fail":
		return nil
	case "try":
		return m.try(n, id)
	}
	var ends []edge
	covered, any := false, false
	for _, b := range n.blocks {
		if b.isUndo() {
			continue
		}
		any = true
		covered = covered || b.name == "else" || b.name == "default" || n.info.Verb == "parallel"
		ends = append(ends, m.block(b, []edge{{id, b.name, false}})...)
	}
	switch {
	case !any:
		return []edge{{from: id}}
	case !covered:
		ends = append(ends, edge{id, "else", false})
	}
	return ends
}

// try writes a body, its handlers and what follows in any case.
func (m *chart) try(n *node, id string) []edge {
	var ends []edge
	for _, b := range n.blocks {
		switch {
		case b.isUndo():
		case b.name == "finally":
			ends = m.block(b, append(ends, edge{id, b.name, true}))
		default:
			ends = append(ends, m.block(b, []edge{{id, b.name, b.aside()}})...)
		}
	}
	return ends
}

// label returns a text that Mermaid takes as one, whatever stands in it.
func label(text string) string {
	var out strings.Builder
	for _, r := range cut(text, maxLabel) {
		switch {
		case strings.ContainsRune("\"#<>&`\\|", r):
			fmt.Fprintf(&out, "#%d;", r)
		case r < ' ':
			out.WriteByte(' ')
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// maxLabel is how many characters of a text are drawn.
const maxLabel = 60

func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
