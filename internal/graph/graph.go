// Package graph draws the steps of a flow: as SVG, and as a flowchart for Mermaid.
//
// Begin with Of, which makes a Graph of what flows.Flow.Outline gives. Flows are
// structured, so no layout is looked for: blocks stand beside one another in the
// box of their step, steps below one another.
//
// The package reads no run. Whoever knows one says by Options.State where its steps
// stand.
package graph

import (
	"strings"

	"github.com/medlar-flow/medlar/flows/report"
)

// Graph is a flow as it is drawn. It does not change.
type Graph struct {
	name string
	root block
}

// node is a step.
type node struct {
	info   report.StepInfo
	blocks []*block
}

// block is a list of steps, as of a branch.
type block struct {
	name  string // "then", "cases[0]"; empty for a loop's body
	path  string // as report.StepInfo.Block
	nodes []*node
}

// Of returns the graph of a flow with these steps, which stand in the order of
// their outline: inner ones behind the step that holds them.
func Of(name string, steps []report.StepInfo) *Graph {
	g := &Graph{name: name}
	open := []*node{} // those whose blocks may go on
	for _, info := range steps {
		n := &node{info: info}
		for len(open) > 0 && !holds(open[len(open)-1].info.Path, info.Block) {
			open = open[:len(open)-1]
		}
		in := &g.root
		if len(open) > 0 {
			in = open[len(open)-1].block(info.Block)
		}
		in.nodes = append(in.nodes, n)
		open = append(open, n)
	}
	return g
}

// holds reports whether the block of a path is one of a step.
func holds(step, block string) bool {
	rest, ok := strings.CutPrefix(block, step)
	return ok && !strings.Contains(strings.TrimPrefix(rest, "/"), "/") && (rest == "" || rest[0] == '/')
}

// block returns the block of a path, which steps of one list have in common.
func (n *node) block(path string) *block {
	for _, b := range n.blocks {
		if b.path == path {
			return b
		}
	}
	b := &block{path: path, name: strings.TrimPrefix(strings.TrimPrefix(path, n.info.Path), "/")}
	n.blocks = append(n.blocks, b)
	return b
}

// isUndo reports whether a block takes its step back.
func (b *block) isUndo() bool { return b.name == "undo" }

// aside reports whether a block runs only when something went wrong.
func (b *block) aside() bool { return b.isUndo() || strings.HasPrefix(b.name, "catch[") }

// title is the first line of a step: what it does.
func (n *node) title() string {
	if n.info.Operation != "" {
		return n.info.Operation
	}
	return n.info.Verb
}

// detail is the second line of a step: its name, and what it is about.
func (n *node) detail() string {
	about := strings.Join(strings.Fields(n.info.About), " ")
	switch {
	case n.info.ID == "":
		return about
	case about == "":
		return n.info.ID
	}
	return n.info.ID + ": " + about
}

// StepOf returns the path that the outline of a flow has for the path of an event or
// a record: "/smoke[17]/answer#2" is "/smoke/answer" there.
func StepOf(path string) string {
	if !strings.ContainsAny(path, "[#") {
		return path
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		part, _, _ = strings.Cut(part, "#")
		if name, index, ok := strings.Cut(part, "["); ok && name != "catch" && name != "cases" && index != "" {
			part = name
		}
		parts[i] = part
	}
	return strings.Join(parts, "/")
}
