package runtime

// KeyKeeper is a Runtime of a run that was restarted: some steps have the
// idempotency keys that they had before.
type KeyKeeper interface {
	// Key returns the key of a step that is to have a certain one. Where it is
	// empty, generation says for which generation of the run the step gets its
	// key; 0 is the first. undone is how often the step was taken back.
	Key(path string, undone int) (key string, generation int64)
	// Named returns the path by which the step is known to keys: the one that it
	// had when the run began.
	Named(path string) string
}

// BranchWatcher is a Runtime of a branch that wants to know how it ended, before
// anything of it is taken back.
type BranchWatcher interface {
	// BranchEnded is called once, with the error that ended the branch; nil
	// where it ended well.
	BranchEnded(err error)
}

// HandlerWatcher is a Runtime that wants to know which handlers run.
type HandlerWatcher interface {
	// Handles is called before the steps of a handler run, whose paths begin with
	// block, of the try at a path.
	Handles(try, block string)
}

// TellEnd tells the runtime of a branch how it ended, where it wants to know.
func TellEnd(rt Runtime, err error) {
	if w, ok := rt.(BranchWatcher); ok {
		w.BranchEnded(err)
	}
}

// LoopDivider is a Runtime that may treat the items of a loop that go one by one as
// branches of their own.
type LoopDivider interface {
	// Divided reports whether it does that with the loop of a path.
	Divided(path string) bool
}
