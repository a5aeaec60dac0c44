package habits

import (
	"strings"
	"testing"
)

// A name stands once in a table, spelt as it is looked for, and each help says
// something and names the keys that it is noted to name.
func TestTables(t *testing.T) {
	tables := map[string][]entry{"header": header, "verbs": verbs, "kinds": kinds, "modifiers": modifiers}
	for verb, table := range ofVerb {
		tables["of "+verb] = table
	}
	for part, table := range parts {
		tables["part "+part] = table
	}
	for name, table := range tables {
		seen := map[string]bool{}
		for _, e := range table {
			testNames(t, name, e.names, e.help, seen)
			testKeys(t, name, e)
		}
	}
	for name, table := range map[string][]text{"types": types, "codes": codes, "roots": roots, "jumps": jumps} {
		seen := map[string]bool{}
		for _, e := range table {
			testNames(t, name, e.names, e.says, seen)
		}
	}
}

func testNames(t *testing.T, table, names, help string, seen map[string]bool) {
	t.Helper()
	for word := range strings.FieldsSeq(names) {
		if seen[word] || fold(word) != word {
			t.Errorf("%s: %q stands twice, or is never found", table, word)
		}
		seen[word] = true
	}
	if help == "" || strings.Count(help, "‹") != strings.Count(help, "›") {
		t.Errorf("%s: %q has the help %q", table, names, help)
	}
}

func testKeys(t *testing.T, table string, e entry) {
	t.Helper()
	if (e.as == Nothing) != (e.keys == "") {
		t.Errorf("%s: %q means %q as %d", table, e.names, e.keys, e.as)
	}
	use := Use{Help: e.help, As: e.as, keys: e.keys}
	if first, isKey := strings.CutPrefix(e.help, "write ‹"); isKey && e.as == Renamed && !strings.HasPrefix(first, use.Key()+":") {
		t.Errorf("%s: %q means %s, and the help is %q", table, e.names, use.Key(), e.help)
	}
	if op := use.Operation(); op != "" {
		if !strings.Contains(e.help, "‹call: "+op+"›") {
			t.Errorf("%s: %q calls %s, and the help is %q", table, e.names, op, e.help)
		}
		return
	}
	for key := range strings.FieldsSeq(e.keys) {
		if !strings.Contains(e.help, "‹"+key+":") && !strings.Contains(e.help, "‹{"+key+":") {
			t.Errorf("%s: %q means %s, and the help %q does not name it", table, e.names, key, e.help)
		}
	}
}

// What a name means is asked of the tables, not of the words of the help.
func TestUse(t *testing.T) {
	type meaning struct {
		key, verb, declared, operation string
		gives                          bool // until
	}
	for name, tt := range map[string]struct {
		use  Use
		want meaning
	}{
		"renamed":   {Step("if", "steps"), meaning{key: "then"}},
		"opposite":  {Step("repeat", "while"), meaning{gives: true}},
		"its steps": {Step("repeat", "do"), meaning{key: "repeat"}},
		"around":    {Step("call", "until"), meaning{verb: "repeat", gives: true}},
		"caught":    {Step("call", "rescue"), meaning{verb: "try"}},
		"declares":  {Part(Input, "properties"), meaning{declared: "members"}},
		"elements":  {Part(Elements, "values"), meaning{declared: "items"}},
		"a call":    {Verb("print", ""), meaning{key: "call", operation: "log.info"}},
		"a verb":    {Verb("block", ""), meaning{key: "try"}},
		"told":      {Step("call", "register"), meaning{}},
		"nothing":   {Step("call", "needs"), meaning{}},
		"nobody's":  {Step("call", "surprise"), meaning{}},
	} {
		u := tt.use
		if got := (meaning{u.Key(), u.Verb(), u.Declared(), u.Operation(), u.Gives("until")}); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tt.want)
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
