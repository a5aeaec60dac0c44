package habits

import "strings"

// Use is what to write for a name of another system. The zero Use is that of a name which
// nobody uses.
type Use struct {
	// Help says it to people. Nobody asks it what is meant.
	Help string
	// As says what the name and what stands under it are in a flow.
	As As
	// keys are the keys that the help names, with a space between, the first the one that
	// is meant; behind the verb call stands the operation.
	keys string
}

// As is what a name of another system is in a flow.
type As int

// The meanings of names.
const (
	// Nothing: a flow has nothing of the kind.
	Nothing As = iota
	// Told: the help names keys, and what stands under the name is the value of none.
	Told
	// Renamed: what stands under the name belongs under the key, in the same place.
	Renamed
	// Opposite: the key wants the opposite of what stands under the name.
	Opposite
	// Around: the key is the verb of a step around this one.
	Around
	// Declares: what stands under the name declares what stands under the key, in an input
	// of a type of its own.
	Declares
)

// Key returns the key of the same place under which what stands under the name belongs;
// empty for none. Of a key of a step without a verb that is the verb.
func (u Use) Key() string { return u.keyIf(Renamed) }

// Verb returns the verb of a step that is meant around the one with the name; empty for
// none.
func (u Use) Verb() string { return u.keyIf(Around) }

// Declared returns which part of a declaration is meant, items or members; empty for none.
func (u Use) Declared() string { return u.keyIf(Declares) }

// Gives reports whether the help says what to write under a key.
func (u Use) Gives(key string) bool { return has(u.keys, key) }

// Operation returns the operation of a call that is meant; empty for none.
func (u Use) Operation() string {
	operation, ok := strings.CutPrefix(u.keys, "call ")
	if !ok {
		return ""
	}
	return operation
}

func (u Use) keyIf(as As) string {
	if u.As != as {
		return ""
	}
	key, _, _ := strings.Cut(u.keys, " ")
	return key
}

// Calls is the Use with another operation than the one of the tables.
func (u Use) Calls(operation, help string) Use {
	return Use{Help: help, As: Renamed, keys: "call " + operation}
}

// entry is what to write for some names, which are folded: see fold. keys are those of Use.
type entry struct {
	names string
	as    As
	keys  string
	help  string
}

// find returns what to write for a name by the first of some tables that has it.
func find(name string, tables ...[]entry) Use {
	name = fold(name)
	for _, table := range tables {
		for _, e := range table {
			if has(e.names, name) {
				return Use{Help: e.help, As: e.as, keys: e.keys}
			}
		}
	}
	return Use{}
}

// text is what to say of some names, which are folded: see fold.
type text struct{ names, says string }

// look returns what a table says of a name; empty for one that it does not have.
func look(name string, table []text) string {
	name = fold(name)
	for _, t := range table {
		if has(t.names, name) {
			return t.says
		}
	}
	return ""
}

// has reports whether a name is one of some with a space between. Nearly all that are asked
// for are not: each key of an input that is declared asks.
func has(names, name string) bool {
	for at := 0; name != ""; {
		i := strings.Index(names[at:], name)
		if i < 0 {
			return false
		}
		at += i
		end := at + len(name)
		if (at == 0 || names[at-1] == ' ') && (end == len(names) || names[end] == ' ') {
			return true
		}
		at = end
	}
	return false
}

// fold makes spellings of a name equal: time_out, time-out, timeOut, TimeOut.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}
