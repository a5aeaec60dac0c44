package tree

import (
	"time"

	"github.com/medlar-flow/medlar/flows/report"
)

type state uint8

const (
	group state = iota // a part of a path that is no step: a branch, an iteration
	running
	finished
	skipped
	failed
	stopped // by another step's failure, or by the user
	undoing
	undone
	undoFailed
)

// node is a step, or a part of the path to one.
type node struct {
	name     string
	parent   *node
	children []*node // in the order of their first event
	byName   map[string]*node
	loop     *loop // of a step that has iterations
	pass     *pass // of an iteration

	state     state
	verb      string
	operation string
	started   time.Time
	took      time.Duration
	attempt   int       // the one under way, or the last one
	retryAt   time.Time // when the next attempt begins; zero where none is due
	problem   string
}

func newNode(name string, parent *node) *node { return &node{name: name, parent: parent} }

// reach finds the node of a path and makes what is missing on the way.
func (n *node) reach(path []string) *node {
	for _, name := range path {
		child := n.byName[name]
		if child == nil {
			child = n.add(name)
		}
		n = child
	}
	return n
}

// find returns the node of a path, or the last one there is on the way to it.
func (n *node) find(path []string) (*node, bool) {
	for _, name := range path {
		child := n.byName[name]
		if child == nil {
			return n, false
		}
		n = child
	}
	return n, true
}

func (n *node) add(name string) *node {
	child := newNode(name, n)
	if n.byName == nil {
		n.byName = map[string]*node{}
	}
	n.byName[name] = child
	n.children = append(n.children, child)
	if index, ok := iteration(name); ok {
		n.iterations().begin(index)
		child.pass = &pass{}
	}
	return child
}

func (n *node) remove(child *node) {
	delete(n.byName, child.name)
	for i, c := range n.children {
		if c == child {
			n.children = append(n.children[:i], n.children[i+1:]...)
			return
		}
	}
}

func (n *node) start(e report.Event) {
	if n.state != running {
		n.eachPass(func(p *pass) { p.running++ })
	}
	n.state, n.started, n.verb, n.operation = running, e.Time, e.Verb, e.Operation
	n.attempt, n.problem, n.retryAt = 1, "", time.Time{}
}

// retried takes a failed attempt: the next one begins after the delay.
func (n *node) retried(e report.Event) {
	n.attempt, n.problem = e.Attempt+1, message(e.Err)
	n.retryAt = e.Time.Add(e.Delay)
}

// ended takes the end of a step. What happened inside an iteration is
// forgotten once it is over, except what failed and was not handled.
func (n *node) ended(s state, e report.Event) {
	wasRunning := n.state == running
	if e.Verb != "" {
		n.verb, n.operation = e.Verb, e.Operation
	}
	if e.Attempt > 0 && e.Operation != "" && s != finished {
		n.attempt = e.Attempt
	}
	n.end(s, e)
	if n.loop != nil && s == finished {
		n.loop.finish()
	}
	n.eachPass(func(p *pass) {
		if wasRunning {
			p.running--
		}
	})
	n.fold()
}

func (n *node) end(s state, e report.Event) {
	n.state, n.took, n.retryAt, n.problem = s, e.Duration, time.Time{}, ""
	// A block fails with the error of a step in it, which shows it.
	if s != stopped && e.Err != nil && (e.Err.Step == e.Step || s == undoFailed) {
		n.problem = message(e.Err)
	}
}

// eachPass calls f for every iteration that n is in, the innermost first.
func (n *node) eachPass(f func(*pass)) {
	for p := n.parent; p != nil; p = p.parent {
		if p.pass != nil {
			f(p.pass)
		}
	}
}

// fold takes n out of the iteration that it belongs to, and that iteration out
// of its loop once nothing in it runs.
func (n *node) fold() {
	if n.innermostPass() == nil {
		return
	}
	if n.state != failed {
		n.parent.remove(n)
	}
	for p := n.parent; p != nil; p = p.parent {
		if p.pass != nil && p.pass.running == 0 {
			p.parent.loop.settle(p)
		}
		if p.state == group && p.pass == nil && len(p.children) == 0 && p.parent != nil {
			p.parent.remove(p)
		}
	}
}

func (n *node) innermostPass() *node {
	for p := n.parent; p != nil; p = p.parent {
		if p.pass != nil {
			return p
		}
	}
	return nil
}

func (n *node) hasFailed() bool {
	if n.state == failed || n.state == undoFailed {
		return true
	}
	for _, c := range n.children {
		if c.hasFailed() {
			return true
		}
	}
	return false
}
