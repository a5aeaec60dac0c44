package yamlfile

import (
	"strings"
	"testing"
)

func TestPlacesOfMistakes(t *testing.T) {
	many := strings.Repeat("  - id: s\n    call: log.info\n    with: {message: hi}\n", 300)
	for _, c := range []struct {
		name, text string
		line, col  int
	}{
		{"behind a bracket", "a: {b: 1}c: 2}\n", 1, 11},
		{"behind a bracket in brackets", "- {a: {b}c: d}\n", 1, 10},
		{"a colon in brackets", "a: {b: it failed: c: d}\n", 1, 17},
		{"no value in brackets", "a: [b, , c]\n", 1, 8},
		{"two values", "- {a: : b, c: \"d: e\"}\n", 1, 7},
		{"a bracket that nothing closes", "a:\n  - {b: [1, 2]\n", 2, 5},
		{"the inner of two", "a: [b, {c: [1], d: 2\n", 1, 8},
		{"a quote behind a bracket", "a: {b: 1}'\n", 1, 10},
		{"text behind quotes", "a: \"b\" \"c\"\n", 1, 8},
		{"an at sign behind quotes", "a: {b: \"c\"@}\n", 1, 11},
		{"a tab far down", "a: b\n\n\tc: d\n", 3, 1},
		{"an unknown anchor twice", "a: \"*x\"\nb: *x\nc: *x\n", 2, 4},
		{"the first line", "a: b: c\n", 1, 5},
		{"a list below many", "steps:\n" + many + "   - x: 1\n", 902, 4},
		{"a bracket below many", "steps:\n" + many + "  - {a: b c: d}\n" + many, 902, 12},
		{"not ASCII", "ä: {ü: \"ö\" ß}\n", 1, 12},
		{"a second document", "a: 1\n---\nb: \"c\" d\n", 3, 8},
		{"comments behind", "a: \"b\" c\n# d\n# e\nf: g\n", 1, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, found := NewFile("f.yaml", []byte(c.text)).Parse()
			if c.name == "an unknown anchor twice" && len(found) == 2 {
				found = found[:1] // the other one is told, too
			}
			if len(found) != 1 || found[0].Rule != "yaml-syntax" || found[0].Line != c.line || found[0].Col != c.col {
				t.Errorf("want %d:%d, got %+v", c.line, c.col, found)
			}
		})
	}
}

// What the search reads is bounded by the size of the file, whatever it holds.
func TestSearchIsBounded(t *testing.T) {
	for _, text := range []string{
		"a: [" + strings.Repeat(`"x", `, 100_000) + "}",
		"a: " + strings.Repeat(`"" `, 100_000),
		"a: [" + strings.Repeat("*x, ", 100_000),
		"steps:\n" + strings.Repeat("  - {a: [1, 2]}\n", 50_000) + " - b",
		"a: b\n \"c\"\n d: 1\n" + strings.Repeat("# c\n", 100_000),
	} {
		f := NewFile("f.yaml", []byte(text))
		l := &locator{file: f, text: append([]byte{'\n'}, text...), work: searchTimes*len(text) + searchBytes}
		slow := &slowReader{text: l.text}
		err := decodeAll(slow)
		if err == nil {
			t.Fatal("no mistake in", text[:20])
		}
		l.used = slow.at
		l.read(err)
		l.place()
		if spent := searchTimes*len(text) + searchBytes - l.work; spent > searchTimes*len(text)+searchBytes+3*len(text) {
			t.Errorf("%.20s: %d bytes read for %d", text, spent, len(text))
		}
	}
}

// \/ of JSON is read in YAML too, whatever stands beside it, and moves nothing.
func TestSlashes(t *testing.T) {
	for text, want := range map[string]string{
		`"\/"`:            "/",
		`"a\/b \\/ \/"`:   `a/b \/ /`,
		`'\/'`:            `\/`,
		`a\/b`:            `a\/b`,
		`"\v\/"`:          "\v/",
		`"\x0b\/"`:        "\v/",
		`"\v\f\/\u0007/"`: "\v\f/\a/",
	} {
		for _, around := range []string{"v: %\nb: \"\\/\"\n", "{v: %, b: \"\\/\"} # YAML\n"} {
			f := NewFile("f.yaml", []byte(strings.Replace(around, "%", text, 1)))
			root, _, wrong := f.Parse()
			if len(wrong) > 0 {
				t.Errorf("%s: %v", text, wrong)
				continue
			}
			if got := root.Get("v").Text; got != want {
				t.Errorf("%s is %q, want %q", text, got, want)
			}
			if b := root.Get("b"); b.Text != "/" || f.At(b).Width != 4 {
				t.Errorf("beside %s: %+v", text, b)
			}
		}
	}
}
