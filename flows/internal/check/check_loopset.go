package check

import (
	"slices"
	"sort"

	"github.com/medlar-flow/medlar/flows/internal/interp"
)

// loopSets are the names of ctx that the iterations of a loop set.
type loopSets struct {
	loop   *node
	names  []*node // as they stand in the first step that sets them
	gather string  // how the loop gathers in their place
}

// setsInside notes what the iterations of a loop set, where nothing else in the loop
// reads it: a sum that grows, or what was found.
func (w *stepCheck) setsInside(do *interp.ForEachStep) {
	if len(do.Sets) == 0 || do.Reads.All || w.loader.lenient || w.loopsNoted[w.n] {
		return
	}
	all := map[string][2]*node{}
	addSetKeys(all, w.n)
	l := loopSets{loop: w.n, gather: "‹id: all› and ‹collect:› at the loop, then ‹sum(steps.all)›"}
	for _, name := range do.Sets {
		set := all[name]
		if set[0] != nil && w.sc.ctx.field(name) != nil && (!slices.Contains(do.Reads.Names, name) || slices.Contains(reads(set[1]).Names, name)) {
			l.names = append(l.names, set[0])
		}
	}
	switch id := w.st.Id; {
	case id != "" && do.OnError:
		l.gather = "‹collect:› at the loop, then ‹sum(steps." + id + ".items)›"
	case id != "":
		l.gather = "‹collect:› at the loop, then ‹sum(steps." + id + ")›"
	}
	if len(l.names) > 0 {
		if w.loopsNoted == nil {
			w.loopsNoted = map[*node]bool{}
		}
		w.loopsNoted[w.n] = true
		w.inLoops = append(w.inLoops, l)
	}
}

// addSetKeys finds the first step in a node that sets each name: its key and its value.
func addSetKeys(all map[string][2]*node, n *node) {
	for i, item := range n.Items() {
		if n.Kind == mapNode && n.Keys()[i].Text == "set" && item.Kind == mapNode {
			for j, key := range item.Keys() {
				if all[key.Text][0] == nil {
					all[key.Text] = [2]*node{key, item.Items()[j]}
				}
			}
		}
		addSetKeys(all, item)
	}
}

// lostSets warns of names that a loop sets and that are read behind it, where they are
// what they were before: whoever wrote that counts or gathers, as loops of other
// languages do.
func (c *checker) lostSets(root *node) {
	if len(c.inLoops) == 0 {
		return
	}
	order := &evaluation{names: map[string][]access{}, loops: map[*node]*placed{}}
	for _, l := range c.inLoops {
		order.loops[l.loop] = &placed{}
		for _, key := range l.names {
			order.names[key.Text] = nil
		}
	}
	order.visit(root, nil)
	for _, l := range c.inLoops {
		for _, key := range l.names {
			if read := order.readBehind(order.loops[l.loop], key.Text); read != nil {
				c.warn(key, "set-inside", "let the loop gather what each item gives: "+l.gather+", ‹len(filter(…))›, ‹concat›; what a repeat sets can be seen behind it",
					"what an iteration sets stays inside: line %d, behind the loop, reads what ctx.%s was before it", read.Line, key.Text)
			}
		}
	}
}

// mostLooked bounds how many places behind a loop are looked at.
const mostLooked = 100

// access is a place at which a name of ctx is read or set.
type access struct {
	at   *node
	set  bool
	turn int // its place in the order of evaluation
	path []turning
}

// turning is a node on the way to a place, and which of its items leads there.
type turning struct {
	of   *node
	item int
}

// placed is where a loop stands, and the last turn inside it.
type placed struct {
	path []turning
	last int
}

// evaluation is the order in which the places of a flow come, for some names and loops.
type evaluation struct {
	names map[string][]access
	loops map[*node]*placed
	turn  int
}

// lateKeys are the keys of a step, and of a flow, that are evaluated behind its steps.
var lateKeys = []string{"collect", "until", "catch", "finally", "output"}

func (e *evaluation) visit(n *node, path []turning) {
	if l := e.loops[n]; l != nil {
		l.path = slices.Clone(path)
		defer func() { l.last = e.turn }()
	}
	if n.Kind == scalarNode {
		if n.Text != "" {
			for _, name := range reads(n).Names {
				e.note(name, n, false, path)
			}
		}
		return
	}
	list, keys := n.Items(), n.Keys()
	inside := func(i int) {
		below := append(slices.Clip(path), turning{n, i})
		e.visit(list[i], below)
		if len(keys) > 0 && keys[i].Text == "set" && list[i].Kind == mapNode {
			for _, key := range list[i].Keys() {
				e.note(key.Text, key, true, below)
			}
		}
	}
	for i := range list {
		if len(keys) == 0 || !contains(lateKeys, keys[i].Text) {
			inside(i)
		}
	}
	for _, late := range lateKeys {
		for i := range keys {
			if keys[i].Text == late {
				inside(i)
			}
		}
	}
}

func (e *evaluation) note(name string, at *node, set bool, path []turning) {
	if before, asked := e.names[name]; asked {
		e.turn++
		e.names[name] = append(before, access{at, set, e.turn, slices.Clone(path)})
	}
}

// readBehind returns the first place behind a loop that reads a name which nothing has
// set in between; nil for none.
func (e *evaluation) readBehind(loop *placed, name string) *node {
	all := e.names[name]
	first := sort.Search(len(all), func(i int) bool { return all[i].turn > loop.last })
	for _, one := range all[first:min(len(all), first+mostLooked)] {
		if !follows(loop.path, one.path) {
			continue
		}
		if one.set {
			return nil
		}
		return one.at
	}
	return nil
}

// follows reports whether a place comes behind another one in the same run: behind it in
// a list of steps, or in what a block or the flow evaluates at its end. Branches, cases
// and handlers stand beside each other.
func follows(before, after []turning) bool {
	for i := range min(len(before), len(after)) {
		a, b := before[i], after[i]
		if a.item == b.item {
			continue
		}
		key := ""
		if i > 0 {
			if around := before[i-1]; around.of.Kind == mapNode {
				key = around.of.Keys()[around.item].Text
			}
		}
		if a.of.Kind == mapNode {
			return key != "parallel" && contains(lateKeys, b.of.Keys()[b.item].Text)
		}
		return key != "cases" && key != "catch"
	}
	return false
}
