package interp

// frame holds the results and loop variables of one block: the flow's own, an
// iteration's, an undo's.
type frame struct {
	parent *frame
	depth  int
	slots  []any
	of     *frame // the frame that this is a snapshot of
}

func (f *frame) child(slots int) *frame {
	return &frame{parent: f, depth: f.depth + 1, slots: make([]any, slots)}
}

// snapshot returns the frame, and those around it, with what some slots hold now.
// The other slots stay empty: branches beside this one may be writing to them.
func (f *frame) snapshot(slots []int) *frame {
	if f == nil {
		return nil
	}
	out := &frame{parent: f.parent.snapshot(slots), depth: f.depth, slots: make([]any, len(f.slots)), of: f}
	for _, slot := range slots {
		if slot>>DepthShift == f.depth {
			*out.at(slot) = *f.at(slot)
		}
	}
	return out
}

// clear makes slots null again.
func (f *frame) clear(slots []int) {
	for _, slot := range slots {
		*f.at(slot) = nil
	}
}

// root returns the flow's own frame, also from a snapshot.
func (f *frame) root() *frame {
	for f.parent != nil {
		f = f.parent
	}
	for f.of != nil {
		f = f.of
	}
	return f
}

// at returns the place of a slot.
func (f *frame) at(slot int) *any {
	for depth := slot >> DepthShift; f.depth > depth; {
		f = f.parent
	}
	return &f.slots[slot&(1<<DepthShift-1)]
}
