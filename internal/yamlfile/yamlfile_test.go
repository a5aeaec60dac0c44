package yamlfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// What is found at a place of a long line is found from a mark near it, and is
// the same as what is found from the line's beginning.
func TestLongLines(t *testing.T) {
	for _, word := range []string{"word", "wörd", "日本"} {
		items := strings.Repeat(`"`+word+`", `, 2000)
		f := NewFile("f.yaml", []byte("a: 1\nb: ["+items+"x]\n"))
		root, _, wrong := f.Parse()
		if len(wrong) > 0 {
			t.Fatal(wrong)
		}
		line := []rune(f.Line(2))
		for _, item := range root.Get("b").Items()[:2000] {
			span := f.At(item)
			if got := string(line[span.Col-1 : span.Col-1+span.Width]); got != `"`+word+`"` {
				t.Fatalf("column %d, width %d is %s", span.Col, span.Width, got)
			}
			start, at := f.near(2, int(item.Col))
			if walked := int(item.Col) - at; walked < 0 || walked > markEvery || start < 5 {
				t.Fatalf("%d characters from the mark to column %d", walked, item.Col)
			}
		}
	}
}

// JSON gives the nodes that its YAML gives.
func TestJSONIsYAML(t *testing.T) {
	const text = `{"a": [1, 2.50, -3e4, true, false, null, "x\ty"], "b": {"c": "${d}", "e": {}}, "ü": []}`
	asJSON, texts, wrong := NewFile("f.json", []byte(text)).Parse()
	if len(wrong) > 0 || len(texts) != 1 {
		t.Fatal(wrong, texts)
	}
	asYAML, _, wrong := NewFile("f.yaml", []byte(text+" # YAML")).Parse()
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	same(t, asJSON, asYAML)
}

func same(t *testing.T, a, b *Node) {
	t.Helper()
	if a.Kind != b.Kind || a.Style != b.Style || a.Line != b.Line || a.Col != b.Col || a.Text != b.Text || a.Expr != b.Expr ||
		len(a.Keys()) != len(b.Keys()) || len(a.Items()) != len(b.Items()) {
		t.Fatalf("%+v is not %+v", a, b)
	}
	for i := range a.Keys() {
		same(t, a.Keys()[i], b.Keys()[i])
	}
	for i := range a.Items() {
		same(t, a.Items()[i], b.Items()[i])
	}
}

func TestJSONHalves(t *testing.T) {
	f := NewFile("f.json", []byte(`{"a": "\ud83d\ude00 \/ ${x}"}`))
	root, _, wrong := f.Parse()
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	a := root.Get("a")
	if a.Text != "😀 / ${x}" {
		t.Errorf("the text is %q", a.Text)
	}
	if span := f.Inside(a, strings.Index(a.Text, "$"), 4); span.Col != 24 || span.Width != 4 {
		t.Errorf("the expression is at %+v", span)
	}
}

// A private file shows the names of its keys, and nothing else.
func TestPrivate(t *testing.T) {
	f := NewFile("f.yaml", []byte("token: token abc:def\nother: \"x: y\"\n")).Private("token")
	if got, want := string(f.Excerpts("f.yaml")), "token* ***** *******\n****** *** **\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if f.Excerpts("g.yaml") != nil {
		t.Error("another file has an excerpt")
	}
}

// Secrets are hidden line by line, and a longer one is not left in parts by a
// shorter one that it has in it.
func TestHide(t *testing.T) {
	f := NewFile("f.yaml", []byte("a: pin\nb: xpiny-12\nc: |\n  line of key\n  ab\nd: short12\n"))
	f.HideFrom(3, "pin")
	f.HideFrom(3, "xpiny-12")
	f.HideFrom(3, "line of key\nab\n")
	f.Hide("short12") // less than 8 bytes may be any word
	if got, want := string(f.Excerpts("f.yaml")), "a: ***\nb: ********\nc: |\n  ***********\n  ab\nd: short12\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWrite(t *testing.T) {
	got, err := Write(MapOf(
		Entry{"b", ListOf(Text("1.10"), Literally("1.10"), Text("yes"), Text("1:30"), Out{})},
		Entry{"a", MapOf(Entry{"file", Text("path")}).InLine()},
		Entry{"c", Quoted("${x}")},
	))
	if err != nil {
		t.Fatal(err)
	}
	if want := "b:\n  - \"1.10\"\n  - 1.10\n  - \"yes\"\n  - \"1:30\"\n  - null\na: {file: path}\nc: \"${x}\"\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// FuzzParse: no text makes the reader panic, run on, or report a place outside
// of it; every node has a place in the text.
func FuzzParse(f *testing.F) {
	paths, _ := filepath.Glob("../../flows/testdata/errors/*.txtar")
	for _, path := range paths {
		if text, err := os.ReadFile(path); err == nil {
			f.Add(text)
		}
	}
	f.Add([]byte(`{"a": "\ud83d\ude00 ${x}", "b": [1, null]}`))
	f.Add([]byte("%YAML 1.2\n---\na: &a [*a]\n"))
	f.Add([]byte("a: >-\n  ü ${b}\n\n  c\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := NewFile("f.yaml", text)
		root, _, found := file.Parse()
		lines := strings.Count(string(file.Text), "\n") + 1
		for _, d := range found {
			if d.Line < 0 || d.Line > lines || d.Message == "" || d.Rule == "" || !utf8.ValidString(d.Message) {
				t.Errorf("out of place: %+v", d)
			}
		}
		var walk func(*Node)
		walk = func(n *Node) {
			if n.Line < 1 || int(n.Line) > lines || n.Col < 1 {
				t.Errorf("a node at %d:%d of %d lines", n.Line, n.Col, lines)
			}
			file.At(n)
			file.Inside(n, len(n.Text)/2, 1)
			for _, k := range n.Keys() {
				walk(k)
			}
			for _, item := range n.Items() {
				walk(item)
			}
		}
		if root != nil {
			walk(root)
		}
		file.Private().Excerpts("f.yaml")
	})
}

// The values of a map stand behind their own keys where a key was left out.
func TestKeysLeftOut(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1\nb: 2\na: 3\nc: 4\n": "a1 b2 c4 ", "[x]: 1\nb: 2\n": "b2 ", "a: 1\na: 2\n": "a1 ", "{}\n": "", "a: 1\n": "a1 ",
	} {
		root, _, _ := NewFile("f.yaml", []byte(text)).Parse()
		got := ""
		for i, key := range root.Keys() {
			got += key.Text + root.Items()[i].Text + " "
		}
		if got != want || len(root.Items()) != len(root.Keys()) {
			t.Errorf("%q has %q and %d values, want %q", text, got, len(root.Items()), want)
		}
	}
}
