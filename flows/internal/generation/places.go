package generation

import (
	"maps"
	"slices"

	"github.com/medlar-flow/medlar/flows/past"
)

// Named returns the path that a step had in the program with which the run began: its
// keys and random values are made of that.
func (g *Generation) Named(path string) string {
	if g == nil {
		return path
	}
	for _, moves := range g.Moved {
		path = moves.Was(path)
	}
	return path
}

// Place says of which generations the records are that a run begins with, in their
// order. Those that follow are of the run's own.
func (g *Generation) Place(of []int64) {
	g.Until, g.Others = make([]int64, g.Number), nil
	for _, n := range of {
		for k := n; k < g.Number; k++ {
			g.Until[k]++
		}
	}
	for i, n := range of {
		seq := int64(i + 1)
		if g.Of(seq) == n {
			continue
		}
		if g.Others == nil {
			g.Others = map[int64]int64{}
		}
		g.Others[seq] = n
	}
}

// Last returns the number of the last record that an earlier generation made; 0 for
// none.
func (g *Generation) Last() int64 {
	if g == nil || len(g.Until) == 0 {
		return 0
	}
	return g.Until[len(g.Until)-1]
}

// In returns the generation as it is in a program in which some of its steps stand
// elsewhere; g may be nil.
func (g *Generation) In(moves *past.Moves) *Generation {
	if g == nil {
		return &Generation{Moved: []*past.Moves{moves}}
	}
	now := func(paths []string) []string {
		list := slices.Clone(paths)
		for i, path := range list {
			list[i] = moves.Now(path)
		}
		return list
	}
	in := &Generation{
		Number: g.Number, Until: g.Until, Others: g.Others, Keys: map[string]*Key{}, Owed: now(g.Owed), Blocks: now(g.Blocks), Folds: slices.Clone(g.Folds),
		Allowed: now(g.Allowed), Moved: append([]*past.Moves{moves}, g.Moved...),
	}
	for path, k := range g.Keys {
		in.Keys[moves.Now(path)] = k
	}
	for i := range in.Folds {
		in.Folds[i].Path = moves.Now(in.Folds[i].Path)
	}
	return in
}

// placeValues adds what is stored of the records' places and of moves.
func (g *Generation) placeValues(m map[string]any) {
	if len(g.Others) > 0 {
		var others []any
		for _, seq := range slices.Sorted(maps.Keys(g.Others)) {
			others = append(others, seq, g.Others[seq])
		}
		m["others"] = others
	}
	if len(g.Moved) == 0 {
		return
	}
	var moved []any
	for _, moves := range g.Moved {
		var list []any
		for _, move := range moves.List() {
			list = append(list, move.Was, move.Now)
		}
		moved = append(moved, list)
	}
	m["moved"] = moved
}

// readPlaces reads what placeValues added.
func (g *Generation) readPlaces(m map[string]any) {
	others, _ := m["others"].([]any)
	for i := 0; i+1 < len(others); i += 2 {
		seq, _ := others[i].(int64)
		if g.Others == nil {
			g.Others = map[int64]int64{}
		}
		g.Others[seq], _ = others[i+1].(int64)
	}
	moved, _ := m["moved"].([]any)
	for _, v := range moved {
		list, _ := v.([]any)
		var moves []past.Move
		for i := 0; i+1 < len(list); i += 2 {
			var move past.Move
			move.Was, _ = list[i].(string)
			move.Now, _ = list[i+1].(string)
			moves = append(moves, move)
		}
		g.Moved = append(g.Moved, past.MovesOf(moves))
	}
}
