package past

import (
	"slices"
	"strings"
)

// Move is a step that stands elsewhere in a program than in an earlier version of
// it. What stands below the step has moved with it, unless that is a Move of its own.
// Paths have [] for the indices of iterations: "/orders[]/charge".
type Move struct {
	Was string // its path in the earlier version
	Now string // its path in the program
}

// Moves are those of a program.
type Moves struct {
	was, now []Move // by the lengths of those paths, the longest first
}

// MovesOf returns some moves.
func MovesOf(list []Move) *Moves {
	if len(list) == 0 {
		return nil
	}
	m := &Moves{was: slices.Clone(list), now: slices.Clone(list)}
	slices.SortStableFunc(m.was, func(a, b Move) int { return len(b.Was) - len(a.Was) })
	slices.SortStableFunc(m.now, func(a, b Move) int { return len(b.Now) - len(a.Now) })
	return m
}

// List returns the moves.
func (m *Moves) List() []Move {
	if m == nil {
		return nil
	}
	return m.now
}

// Now returns where what stood at a path stands in the program.
func (m *Moves) Now(path string) string {
	if m == nil {
		return path
	}
	for _, move := range m.was {
		if found, ok := replaced(path, move.Was, move.Now); ok {
			return found
		}
	}
	return path
}

// Was returns where what stands at a path stood in the earlier version.
func (m *Moves) Was(path string) string {
	if m == nil {
		return path
	}
	for _, move := range m.now {
		if found, ok := replaced(path, move.Now, move.Was); ok {
			return found
		}
	}
	return path
}

// SignalNow returns the name of a signal in the program. The paths in front of those
// of called flows have no indices.
func (m *Moves) SignalNow(name string) string {
	end := strings.LastIndexByte(name, '/')
	if m == nil || end <= 0 {
		return name
	}
	for _, move := range m.was {
		if found, ok := replaced(name[:end], bare(move.Was), bare(move.Now)); ok {
			return found + name[end:]
		}
	}
	return name
}

// SignalWas returns the name of a signal in the earlier version.
func (m *Moves) SignalWas(name string) string {
	end := strings.LastIndexByte(name, '/')
	if m == nil || end <= 0 {
		return name
	}
	for _, move := range m.now {
		if found, ok := replaced(name[:end], bare(move.Now), bare(move.Was)); ok {
			return found + name[end:]
		}
	}
	return name
}

func bare(path string) string { return strings.ReplaceAll(path, "[]", "") }

// replaced puts a path in the place of one with which another one begins, and keeps
// the indices.
func replaced(path, from, to string) (string, bool) {
	rest, indices, ok := below(path, from)
	if !ok {
		return "", false
	}
	for _, index := range indices {
		to = strings.Replace(to, "[]", index, 1)
	}
	return to + rest, true
}

// below returns what stands in a path behind one with which it begins, and the
// indices that that one leaves open.
func below(path, outer string) (rest string, indices []string, ok bool) {
	for outer != "" {
		literal, more, open := strings.Cut(outer, "[]")
		if path, ok = strings.CutPrefix(path, literal); !ok {
			return "", nil, false
		}
		if outer = more; !open {
			break
		}
		end := strings.IndexByte(path, ']')
		if !strings.HasPrefix(path, "[") || end < 0 {
			return "", nil, false
		}
		indices, path = append(indices, path[:end+1]), path[end+1:]
	}
	return path, indices, path == "" || strings.IndexByte("/[#", path[0]) >= 0
}
