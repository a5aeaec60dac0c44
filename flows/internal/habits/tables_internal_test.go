package habits

import (
	"strings"
	"testing"
)

// A name stands once in a table, spelt as it is looked for, and each help says
// something.
func TestTables(t *testing.T) {
	tables := map[string][]entry{"header": header, "verbs": verbs, "kinds": kinds, "modifiers": modifiers, "types": types, "codes": codes, "roots": roots}
	for verb, table := range ofVerb {
		tables["of "+verb] = table
	}
	for part, table := range parts {
		tables["part "+part] = table
	}
	for name, table := range tables {
		seen := map[string]bool{}
		for _, e := range table {
			for word := range strings.FieldsSeq(e.names) {
				if seen[word] || fold(word) != word {
					t.Errorf("%s: %q stands twice, or is never found", name, word)
				}
				seen[word] = true
			}
			if e.help == "" || strings.Count(e.help, "‹") != strings.Count(e.help, "›") {
				t.Errorf("%s: %q has the help %q", name, e.names, e.help)
			}
		}
	}
}

func TestHas(t *testing.T) {
	for name, want := range map[string]bool{
		"skip": true, "skipitem": true, "item": true, "ski": false, "kip": false, "skipi": false, "": false, "itemskip": false,
	} {
		if got := has("skipitem skip item", name); got != want {
			t.Errorf("%q: %t, want %t", name, got, want)
		}
	}
}
