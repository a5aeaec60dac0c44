package explore

import (
	"iter"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/faults"
)

// part is what a branch does next: a call, or branches of its own.
type part struct {
	call *faults.Call // nil for a fork
	fork *fork
}

// fork are branches that run at the same time.
type fork struct {
	path     string
	limit    int // how many of them
	branches []*branch
}

// branch is one of them.
type branch struct {
	name  string // "stock", or "[17]" of an item of a loop
	index int    // of the item
	parts []part
	kind  string // equal for items of a loop that do the same
}

// cut are the last calls that are answered, of each branch that has any.
type cut []*faults.Call

// tree arranges the calls of a run by the branches in which they stand.
type tree struct {
	world  *faults.World
	static func(string) string
	forks  map[string]*fork
	parts  []part
}

func newTree(world *faults.World, static func(string) string) *tree {
	t := &tree{world: world, static: static, forks: map[string]*fork{}}
	for _, c := range world.Calls() {
		t.put(&t.parts, c, "")
	}
	for _, f := range t.forks {
		for _, b := range f.branches {
			b.kind = t.kind(b.parts)
		}
	}
	return t
}

// put adds a call to the parts of the branch that it stands in, below a path.
func (t *tree) put(parts *[]part, c *faults.Call, below string) {
	path := t.world.ForkAround(c.Step, below)
	if path == "" || strings.Contains(c.Step[len(path):], "/undo/") {
		*parts = append(*parts, part{call: c})
		return
	}
	f := t.forks[path]
	if f == nil {
		f = &fork{path: path, limit: t.world.ForkLimit(path)}
		t.forks[path] = f
		*parts = append(*parts, part{fork: f})
	}
	name := branchOf(c.Step, path)
	b := f.branch(name)
	if b == nil {
		b = &branch{name: name}
		if index, loop := strings.CutPrefix(name, "["); loop {
			b.index, _ = strconv.Atoi(strings.TrimSuffix(index, "]"))
		}
		f.branches = append(f.branches, b)
	}
	t.put(&b.parts, c, path+name)
}

// branchOf returns the part of a step's path that names its branch.
func branchOf(step, fork string) string {
	name := step[len(fork):]
	if end := strings.IndexByte(name[1:], '/'); end >= 0 {
		name = name[:end+1]
	}
	return name
}

func (f *fork) branch(name string) *branch {
	for i := len(f.branches) - 1; i >= 0; i-- {
		if f.branches[i].name == name {
			return f.branches[i]
		}
	}
	return nil
}

// kind says what parts do, without the iterations in which.
func (t *tree) kind(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.call != nil {
			b.WriteString(t.static(p.call.Step) + "#" + strconv.Itoa(p.call.Nth) + "\n")
			continue
		}
		b.WriteString("(")
		for _, inner := range p.fork.branches {
			b.WriteString(t.kind(inner.parts) + "|")
		}
		b.WriteString(")")
	}
	return b.String()
}

// cuts yields each way how far the branches can have come that run beside a call
// when it is answered, those of alike items of a loop once.
func (t *tree) cuts(c *faults.Call) iter.Seq[cut] {
	return func(yield func(cut) bool) { t.around(c, "", nil, yield) }
}

// around goes through the forks around a call, from the outermost one below a
// path.
func (t *tree) around(c *faults.Call, below string, before cut, yield func(cut) bool) bool {
	path := t.world.ForkAround(c.Step, below)
	f := t.forks[path]
	if f == nil || f.branch(branchOf(c.Step, path)) == nil {
		return yield(before)
	}
	own := f.branch(branchOf(c.Step, path))
	for siblings := range f.cuts(own) {
		all := append(before[:len(before):len(before)], siblings...)
		if !t.around(c, path+own.name, all, yield) {
			return false
		}
	}
	return true
}

// concurrent reports whether a call has other branches beside it.
func (t *tree) concurrent(c *faults.Call) bool {
	n := 0
	for range t.cuts(c) {
		if n++; n > 1 {
			return true
		}
	}
	return false
}

// cuts yields the ways how far branches have come but for one; nil for no such.
func (f *fork) cuts(without *branch) iter.Seq[cut] {
	var groups [][]*branch
	byKind := map[string]int{}
	for _, b := range f.branches {
		if b == without {
			continue
		}
		i, known := byKind[b.kind]
		if !known || b.name[0] != '[' {
			byKind[b.kind] = len(groups)
			groups = append(groups, []*branch{b})
			continue
		}
		groups[i] = append(groups[i], b)
	}
	return func(yield func(cut) bool) { f.product(groups, without, nil, yield) }
}

// product yields each way of the first group with each of the others.
func (f *fork) product(groups [][]*branch, without *branch, before cut, yield func(cut) bool) bool {
	if len(groups) == 0 {
		return yield(before)
	}
	for ways := range f.alike(groups[0], without) {
		all := append(before[:len(before):len(before)], ways...)
		if !f.product(groups[1:], without, all, yield) {
			return false
		}
	}
	return true
}

// cuts yields each way how far a branch can have come.
func cuts(parts []part) iter.Seq[cut] {
	return func(yield func(cut) bool) {
		if !yield(nil) {
			return
		}
		for _, p := range parts {
			if p.call != nil {
				if !yield(cut{p.call}) {
					return
				}
				continue
			}
			for c := range p.fork.cuts(nil) {
				if len(c) > 0 && !yield(c) {
					return
				}
			}
		}
	}
}
