package watch

import "slices"

// fewOpen is up to how many steps under way are looked for one after the other.
const fewOpen = 16

// opened are the steps and undos under way, by their paths. Mostly there are few of
// them, for which a list is less work than a map.
type opened struct {
	list []*node
	many map[string]*node // beside the list once there are more
}

// add notes a node. One of the same path is under way no more.
func (o *opened) add(n *node) {
	if len(o.list) >= fewOpen && o.many == nil {
		o.many = make(map[string]*node, 2*fewOpen)
		for _, was := range o.list {
			o.many[was.path] = was
		}
		o.list = nil
	}
	if o.many != nil {
		o.many[n.path] = n
		return
	}
	if i := o.index(n.path); i >= 0 {
		o.list[i] = n
		return
	}
	o.list = append(o.list, n)
}

func (o *opened) index(path string) int {
	for i := len(o.list) - 1; i >= 0; i-- {
		if o.list[i].path == path {
			return i
		}
	}
	return -1
}

// take returns the node of a path, which is under way no more; nil for none.
func (o *opened) take(path string) *node {
	if o.many != nil {
		n := o.many[path]
		delete(o.many, path)
		return n
	}
	i := o.index(path)
	if i < 0 {
		return nil
	}
	n := o.list[i]
	o.list = slices.Delete(o.list, i, i+1)
	return n
}

// around returns the innermost node at a path, or around it; nil for none.
func (o *opened) around(path string) (found *node) {
	if o.many != nil {
		for path != "" {
			if n := o.many[path]; n != nil {
				return n
			}
			path = outside(path)
		}
		return nil
	}
	for _, n := range o.list {
		if len(path) >= len(n.path) && path[:len(n.path)] == n.path && (found == nil || len(n.path) > len(found.path)) &&
			(len(path) == len(n.path) || path[len(n.path)] == '/' || path[len(n.path)] == '[') {
			found = n
		}
	}
	return found
}

// outside returns the path around a path.
func outside(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}

// forget forgets all nodes. list is room for others.
func (o *opened) forget(list []*node) {
	clear(list[:cap(list)])
	o.list, o.many = list, nil
}

// drain returns all nodes, and forgets them.
func (o *opened) drain() []*node {
	list := o.list
	for _, n := range o.many {
		list = append(list, n)
	}
	o.list, o.many = nil, nil
	return list
}
