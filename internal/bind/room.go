package bind

// room is memory for what compiling makes of each text, in lots: a large file has tens
// of thousands. Its zero value is ready; nil makes each thing alone.
type room struct {
	programs []Program
	bare     []barePath
	segs     []segment
	inputs   []input
	refs     []Ref
}

// lot is how many of a kind are made at a time.
const lot = 64

func (r *room) program() *Program {
	if r == nil {
		return &Program{}
	}
	return &some(&r.programs, 1)[0]
}

func (r *room) barePath() *barePath {
	if r == nil {
		return &barePath{}
	}
	return &some(&r.bare, 1)[0]
}

// clone copies segments.
func (r *room) clone(segs []segment) []segment {
	var out []segment
	if r == nil || len(segs) > lot {
		out = make([]segment, len(segs))
	} else {
		out = some(&r.segs, len(segs))
	}
	copy(out, segs)
	return out
}

// input returns an empty list with room for the inputs that most expressions have.
func (r *room) input() []input {
	if r == nil {
		return nil
	}
	return some(&r.inputs, 2)[:0]
}

// ref returns an empty list with room for the references that most texts have.
func (r *room) ref() []Ref {
	if r == nil {
		return nil
	}
	return some(&r.refs, 2)[:0]
}

// some returns n of what is left, or of a new lot.
func some[T any](left *[]T, n int) []T {
	if len(*left) < n {
		*left = make([]T, lot)
	}
	out := (*left)[:n:n]
	*left = (*left)[n:]
	return out
}
