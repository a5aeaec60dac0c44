package yamlfile

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/internal/regex"
)

// What is wrong with the text of a file is told with its place, and the file is read all
// the same where it is known what was meant: shown is what stands under the key a then.
func TestMended(t *testing.T) {
	for _, c := range []struct{ name, text, found, shown string }{
		{"an expression in brackets", "- {a: ${ctx.x}, b: [1]}", "1:7", "${ctx.x}"},
		{"two of them", "- {a: ${ctx.x}, b: ${ctx.y}}", "1:7 1:20", "${ctx.x}"},
		{"behind text", "- {a: https://x/${ctx.y}/z}", "1:7", "https://x/${ctx.y}/z"},
		{"with all that YAML knows", "- {a: ${{a: 1, b: [ctx.c, 'd}']} # > 1 }}", "1:7", "${{a: 1, b: [ctx.c, 'd}']} # > 1 }"},
		{"in a list", "- a: [${ctx.x}, \"${ctx.y}\"]", "1:7", ""},
		{"a condition in a line", "- a: ${ctx.x ? 'y' : 'z'}\n", "1:6", "${ctx.x ? 'y' : 'z'}"},
		{"in curly quotes", "- {a: “${ctx.x}”}", "1:7", "“${ctx.x}”"},
		{"behind a colon", "- {a: ${ctx.a}: b}", "1:7", "${ctx.a}: b"},
		{"not ASCII", "- {ä: ö, a: ${ctx.ü}, b: @c}", "1:13 1:26", "${ctx.ü}"},
		{"a colon", "- {a: it failed: badly}", "1:16", "it failed: badly"},
		{"two colons", "- {a: it failed: so: badly}", "1:16", "it failed: so: badly"},
		{"a star", "- a: *\n  b: 1", "1:6", "*"},
		{"an anchor", "- a: *all\n  b: 1", "1:6", "*all"},
		{"an at sign", "- {b: 1, a: @home}", "1:13", "@home"},
		{"a percent sign", "- a: %d files\n", "1:6", "%d files"},
		{"an escape", `- {a: "C:\data\\new"}`, "1:10", `C:\data\new`},
		{"quotes in quotes", `- {a: "${ctx.x == "b"}", b: "c"}`, "1:20", `${ctx.x == "b"}`},
		{"an apostrophe", `- {a: 'it''s what it's', b: 'c'}`, "1:22", `it's what it's`},
		{"tabs", "-\n\ta: 1\n\tb:\n\t\tc: 2\n", "2:1", "1"},
		{"a version", "%YAML 3.0\n---\n- {a: 1}\n", "1:1", "1"},
		{"all together", "- {a: ${ctx.x}, b: 'it's', c: \"\\d\", d: @e}\n- f: *\n", "1:7 1:24 1:32 1:40 2:6", "${ctx.x}"},

		// What holds the text together.
		{"a bracket that stays open", "- {a: ${ctx.x}\n- {b: 1}\n", "1:3 1:7", "${ctx.x}"},
		{"two of them", "- {b: {a: 1, c: [2, 3]\n- {b: 1}\n", "1:3 1:7", ""},
		{"one within another", "- {a: 1, b: [1, 2}\n- {b: 1}\n", "1:13", "1"},
		{"a bracket of lines", "- {\n  a: 1,\n  b: 2\n- {b: 1}\n", "1:3", "1"},
		{"a bracket before a comment", "- {a: 1 # one\n- {b: 1}\n", "1:3", "1"},
		{"a bracket at the end", "- {a: 1\n", "1:3", "1"},
		{"a bracket too many", "- {a: 1}}\n- {b: 1}\n", "1:9", "1"},
		{"another bracket too many", "- {a: 1, b: [1]]}\n- {b: 1}\n", "1:16", "1"},
		{"an expression that stays open", "- {a: ${ctx.x, b: 1}\n", "1:3 1:7", "${ctx.x, b: 1}"},
		{"a quote that stays open", "- {a: @b, c: \"d}\n", "1:7 1:14", "@b"},
		{"a quote above others", "- a: \"x y\n  b: \"z\"\n- {c: \"d\"}\n", "1:6", "x y"},
		{"a quote within brackets", "- {a: \"x, b: 'y'}\n- {c: \"d\"}\n", "1:7", "x"},
		{"two quotes", "- a: 'x\n  b: 'z\n- {c: @d}\n", "1:6 2:6 3:7", "x"},
		{"a quote in each of two brackets", "- {a: \"x}\n- {b: \"y}\n- {c: \"d\"}\n", "1:7 2:7", "x"},
		{"a quote of several lines", "- a: \"x\n    y\"\n  b: @c\n", "3:6", "x y"},
		{"a key without a colon", "- b\n    a: 1\n- {c: @d}\n", "1:3 3:7", ""},
		{"a comma between lines", "- a: 1\n  b: {c: x\n    d: {e: f}}\n- {g: @h}\n", "3:5 4:7", "1"},
		{"a bracket of a list", "- a: 1\n  b: [x\n  c: [y]\n- {g: @h}\n", "2:6 4:7", "1"},
		{"one above a list", "- a: 1\n  b\n  - c\n- {c: @d}\n", "2:3 4:7", "1"},
		{"one with its value", "- a 1\n  b: 2\n- a: @d\n", "1:3 3:6", "1"},
		{"a colon without a space", "- a: 1\n  b:x y\n- c: @d\n", "2:3 3:6", "1"},
		{"one in the first line", "- a:x y\n  b: 1\n- c: @d\n", "1:3 3:6", "x y"},
		{"one before a bracket", "- {b:{c: 1}, a: 2, d: @e}\n", "1:6 1:23", "2"},
		{"one before a bracket in a line", "- b:{c: @d}\n  a: 2\n", "1:3 1:9", "2"},
		{"a dash without a space", "- a: 1\n-b: @c\n", "2:1 2:5", "1"},
		{"an item without its dash", "- a: 1\n  b: 2\na: 3\n  b: @d\n", "3:1 4:6", "1"},
		{"a line too far left", "-   a: 1\n   b: @d\n", "2:4 2:7", "1"},
		{"a line too far right", "- a: 1\n   b: @d\n", "2:4 2:7", "1"},
		{"what stands below it", "- a: 1\n   b:\n     c: 1\n   d: @d\n- {e: @f}", "2:4 4:7 5:7", "1"},
		{"an item too far right", "- a: 1\n - b: 2\n   c: @d\n", "2:2 3:7", "1"},
		{"items too far left", "- b:\n    - c\n   - d\n   - e\n  a: @f\n", "3:4 5:6", "@f"},
		{"a line behind tabs", "-\ta: 1\n\t\tb: 2\n", "1:2", "1"},
		{"not ASCII behind it", "- {b:[ö], a: \"ä}\n- {c: ü, d: \"x\"}\n", "1:6 1:14", "ä"},

		// What was meant is not known.
		{"a line between two", "- b:\n      c: 1\n    d: 2\n- a: @f\n", "3:5", "nothing"},
		{"a mistake above it", "- a: @f\n- b:\n      c: 1\n    d: 2\n", "1:6 4:5", "nothing"},
		{"a comment in an expression", "- {a: ${ctx.x} # hi}\n- {c: @d}\n", "1:7 2:7", "${ctx.x}"},
		{"a line below a value", "- with: 1\n    d: 2\n- a: @f\n", "2:5", "nothing"},
		{"a word alone", "- a: 1\n  b\n- a: @f\n", "2:3", "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, texts, found := NewFile("f.yaml", []byte(c.text)).Knows(func(word string) bool { return word == "with" }).Parse()
			found.Sort()
			var places []string
			for _, d := range found {
				places = append(places, fmt.Sprintf("%d:%d", d.Line, d.Col))
				if d.Rule != "yaml-syntax" && d.Rule != "missing-space" || strings.ContainsFunc(d.Message+d.Help, func(r rune) bool { return r >= 0xE000 && r < 0xF900 }) {
					t.Errorf("got %+v", d)
				}
			}
			shown := "nothing"
			if root != nil {
				shown = ""
				if a := root.Items()[0].Get("a"); a != nil {
					shown = a.Text
				}
			}
			if got := strings.Join(places, " "); got != c.found || shown != c.shown {
				t.Errorf("got %s and %q, want %s and %q\n%v", got, shown, c.found, c.shown, found)
			}
			if has := strings.Contains(c.shown, "${"); has && (len(texts) == 0 || texts[0] != c.shown) {
				t.Errorf("the expressions are %q", texts)
			}
		})
	}
}

// Nothing is read again of a file whose text must not be shown, or that has all characters
// that could stand for others.
func TestNotMended(t *testing.T) {
	var all strings.Builder
	for r := rune(0xE000); r < 0xF900; r++ {
		all.WriteRune(r)
	}
	for name, f := range map[string]*File{
		"private": NewFile("f.yaml", []byte("a: @b\n")).Private(),
		"full":    NewFile("f.yaml", []byte("a: @b # "+all.String()+"\n")),
		"JSON":    NewFile("f.json", []byte(`{"a": @b}`)),
	} {
		if root, _, found := f.Parse(); root != nil || len(found) != 1 {
			t.Errorf("%s: got %v and %v", name, root, found)
		}
	}
	first, ok := hiddenIn([]byte("a: \uE000 \"\\uE010\""))
	if !ok || first != 0xE020 {
		t.Errorf("got %x", rune(first))
	}
}

// However many mistakes a file has, it is read a few times; values that want quotes are
// found at once.
func TestManyMended(t *testing.T) {
	for line, want := range map[string]int{"- {a: ${ctx.x}, b: 1}\n": 10_000, "- {a: @x, b: 1}\n": mostCures + 1} {
		_, _, found := NewFile("f.yaml", []byte(strings.Repeat(line, 10_000))).Parse()
		if len(found) != want {
			t.Errorf("%q: %d are told", line, len(found))
		}
	}
}

// What is read of a file without quotes is what is read of it with them, and stands in the
// same places.
func TestMendedPlaces(t *testing.T) {
	quoted := regex.Late{Text: `"(\$\{[^"\\\n]*\})"`}
	examples := os.DirFS("../../flows/examples")
	names, err := fs.Glob(examples, "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	mended := 0
	for _, name := range names {
		text, err := fs.ReadFile(examples, name)
		if err != nil {
			t.Fatal(err)
		}
		bare := quoted.Get().ReplaceAll(text, []byte(" $1 "))
		root, _, found := NewFile(name, bare).Parse()
		if len(found) == 0 || root == nil {
			continue
		}
		mended++
		want, _, _ := NewFile(name, text).Parse()
		samePlaces(t, name, root, want)
	}
	if mended < 5 {
		t.Error("only", mended, "were mended")
	}
}

func samePlaces(t *testing.T, name string, got, want *Node) {
	t.Helper()
	right := want.Col
	if got.Style == Plain && want.Style == DoubleQuoted {
		right++
	}
	if got.Kind != want.Kind || got.Text != want.Text || got.Line != want.Line || got.Col != right || len(got.Items()) != len(want.Items()) {
		t.Errorf("%s:%d:%d: got %d:%d %q, want %q", name, want.Line, right, got.Line, got.Col, got.Text, want.Text)
		return
	}
	for i, key := range got.Keys() {
		samePlaces(t, name, key, want.Keys()[i])
	}
	for i, item := range got.Items() {
		samePlaces(t, name, item, want.Items()[i])
	}
}

// Whatever a text is, nothing panics, and what is told has a place in it.
func FuzzMended(f *testing.F) {
	for _, seed := range []string{"- {a: ${x}, b: @c}", "a: {b: [1\nc: \"x\nd\n  e: 1", "- a b\n   c:{d: 1}}\n-e: 1", "a: 'it's'", "a: \"\\d ${b\"", "\ta: *", "%YAML 9\n---\na: b: c", "a: ${{\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := NewFile("f.yaml", []byte(text))
		_, _, found := file.Parse()
		for _, d := range found {
			if d.Line < 0 || d.Line > len(file.lines) || d.Line > 0 && d.Col < 1 || d.Severity != diag.Error {
				t.Errorf("%q: %+v", text, d)
			}
		}
	})
}

// Flows in which one character is missing, or a line stands elsewhere, are read as they
// were before it, but for few.
func TestMissing(t *testing.T) {
	examples := os.DirFS("../../flows/examples")
	names, err := fs.Glob(examples, "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	words := map[string]bool{}
	for _, word := range strings.Fields("flow description inputs steps output tests name id call with connection connections set if then do result error step") {
		words[word] = true
	}
	for kind, missing := range map[string]struct {
		text, without string
		least         int // of a hundred
	}{
		"quote":   {`"(\n| *\})`, "$1", 90},
		"bracket": {`[}\]]\n`, "\n", 90},
		"colon":   {`(?m)^( *(?:- )?\w+):`, "$1", 70},
		"space":   {`(?m)^( *(?:- )?\w+:) `, "$1", 90},
		"dash":    {`(?m)^( *)- (\w)`, "$1$2", 60},
		"indent":  {`(?m)^ ( +(?:- )?\w)`, "$1", 70},
		"more":    {`(?m)^( +(?:- )?\w)`, " $1", 85},
	} {
		pattern, broken, read, right := regexp.MustCompile(missing.text), 0, 0, 0
		for _, name := range names {
			text, err := fs.ReadFile(examples, name)
			if err != nil {
				t.Fatal(err)
			}
			want, _, _ := NewFile(name, text).Parse()
			for _, at := range pattern.FindAllIndex(text, -1) {
				changed := slices.Concat(text[:at[0]], pattern.ReplaceAll(text[at[0]:at[1]], []byte(missing.without)), text[at[1]:])
				if decodeAll(bytes.NewReader(changed)) == nil {
					continue
				}
				root, _, found := NewFile(name, changed).Knows(func(word string) bool { return words[word] }).Parse()
				if broken++; root != nil {
					read++
				}
				if len(found) == 0 {
					t.Errorf("%s: nothing is told of %q", name, changed)
				}
				if root != nil && sameText(root, want) {
					right++
				}
			}
		}
		t.Logf("%s: of %d that are broken so %d are read, %d as they were meant", kind, broken, read, right)
		if right*100 < broken*missing.least {
			t.Errorf("%s: %d of %d", kind, right, broken)
		}
	}
}

func sameText(a, b *Node) bool {
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Items()) != len(b.Items()) {
		return false
	}
	for i, key := range a.Keys() {
		if !sameText(key, b.Keys()[i]) {
			return false
		}
	}
	for i, item := range a.Items() {
		if !sameText(item, b.Items()[i]) {
			return false
		}
	}
	return true
}
