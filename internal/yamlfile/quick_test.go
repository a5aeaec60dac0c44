package yamlfile

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// byBoth reads a text both ways, and reports whether the quick one read it. What
// it reads is what the library reads, and is no mistake to it.
func byBoth(t *testing.T, text []byte, numbers bool) bool {
	t.Helper()
	file := func() *File {
		f := NewFile("f.yaml", text)
		f.numbers = numbers
		return f
	}
	f := file()
	if len(f.Text) > MaxSize || f.checkText() != nil {
		return false
	}
	p := &parser{file: f}
	root := p.quick()
	if root == nil {
		return false
	}
	want, texts, found := (&parser{file: file()}).library()
	if len(found) > 0 || want == nil {
		t.Fatalf("read what the library refuses with %v:\n%s", found, text)
	}
	if !slices.Equal(p.texts, texts) {
		t.Fatalf("the expressions are %q, not %q:\n%s", p.texts, texts, text)
	}
	if at := differs(root, want, ""); at != "" {
		t.Fatalf("%s in\n%s", at, text)
	}
	return true
}

// TestQuickRow: what is read without the library, and what is left to it.
func TestQuickRow(t *testing.T) {
	for _, c := range []struct {
		text  string
		quick bool
	}{
		{"a: 1\nb: [x, 'y''z', \"q\\\"r\\n\"]\n", true},
		{"a:\n- 1\n-\n- - x\n  - y\n- b: c\n  d:\nf:\n", true},
		{"---\n# c\na: {b: , c: {}, d: [], \"e\":1}# no\n", false},
		{"---\n# c\na: {b: , c: {}, d: [], \"e\":1} # yes\n", true},
		{"a: |\n  x\n\n   y\n\nb: >-\n  x\n  y\n\n  z\n   w\n  v\nc: |+\n x\n\n", true},
		{"a: |", false},
		{"a: |\n\n\nb: >+\n\n \n  x", true},
		{"a: |\n     \n  x\n", false},
		{"- a: |\n    x\n   # c\n  b: 1\n", true},
		{"- |\n x\n- >\n y\n", true},
		{"a: |2\n   x\n", false},
		{"ä: [ö, {ü: ß}]\r\nb: é # ç\r\nc: |\r\n  x\r\n  y\r\n", true},
		{"a: b\n c\n", false},
		{"a: 'b\n  c'\n", false},
		{"a:\n  [b,\nc,\n # d\n {e: f,\n\n  g: h}]\n", true},
		{"a: \"\\u0041\"\n", false},
		{"a: &x b\nc: *x\n", false},
		{"a: !t b\n", false},
		{"a: 1\na: 2\n", false},
		{"1: 1\n", false},
		{"null: 1\n", false},
		{"<<: {a: 1}\n", false},
		{"{a:1}\n", false},
		{"{a: b: c}\n", false},
		{"[a: b]\n", false},
		{"[a b, -1, -x]\n", true},
		{"[-, a]\n", false},
		{"a: {{ x }}\n", false},
		{"a: b: c\n", false},
		{"a: - b\n", false},
		{"a : b\n", false},
		{"? a\n: b\n", false},
		{"a: 1\n--- \nb: 2\n", false},
		{"--- a\n", false},
		{"--- # c\na: -x -y --- #d\nb: http://x:1/#y?z,w\n", true},
		{"a\tb: c\n", false},
		{"a: @b\n", false},
		{"x", false},
		{"", false},
		{"# only this\n", false},
		{"a: 1\n  b: 2\n", false},
		{"  a: 1\n  b: 2\n", true},
		{"  a: 1\n b: 2\n", false},
		{"a: \u2028\n", false},
		{"a: \u00a0\n", true},
		{"a: \u0085\n", false},
	} {
		if got := byBoth(t, []byte(c.text), false); got != c.quick {
			t.Errorf("read quickly: %v, in\n%s", got, c.text)
		}
	}
}

// The flows of this repository are read as the library reads them, and most of
// them without it.
func TestQuickFlows(t *testing.T) {
	texts := ourTexts(t)
	var yaml, quick int
	for name, text := range texts {
		if byBoth(t, text, false) && strings.HasSuffix(name, ".yaml") {
			quick++
		}
		if strings.HasSuffix(name, ".yaml") {
			yaml++
		}
	}
	if yaml < 50 || quick < yaml*8/10 {
		t.Errorf("%d of %d files are read quickly", quick, yaml)
	}
	t.Logf("%d of %d files are read quickly", quick, yaml)
}

// TestQuickChanged reads texts that are almost those of this repository.
func TestQuickChanged(t *testing.T) {
	const marks = " \n:-[]{},#'\"|>?&*!%@`~<=.x0$\\\r\tä"
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same texts each time
	rounds := 3
	if testenv.Thorough() {
		rounds = 60
	}
	texts := ourTexts(t)
	names := slices.Sorted(maps.Keys(texts))
	var quick int
	for _, name := range names {
		for range rounds {
			text := changed(rng, texts[name], []rune(marks))
			if byBoth(t, text, rng.IntN(2) == 0) {
				quick++
			}
		}
	}
	t.Logf("%d of %d texts are read quickly", quick, len(names)*rounds)
	if quick < 100 {
		t.Errorf("only %d texts are read quickly", quick)
	}
}

// changed returns some lines of a text with a few changes.
func changed(rng *rand.Rand, text []byte, marks []rune) []byte {
	lines := strings.SplitAfter(string(text), "\n")
	from := rng.IntN(len(lines))
	part := []rune(strings.Join(lines[from:min(from+1+rng.IntN(30), len(lines))], ""))
	for range rng.IntN(4) {
		at := rng.IntN(len(part) + 1)
		switch rng.IntN(3) {
		case 0:
			part = slices.Insert(part, at, marks[rng.IntN(len(marks))])
		case 1:
			part = slices.Delete(part, at, min(at+1+rng.IntN(3), len(part)))
		default:
			if to := at + 1 + rng.IntN(20); to < len(part) {
				part = slices.Insert(slices.Clone(part), rng.IntN(len(part)), part[at:to]...)
			}
		}
	}
	return []byte(string(part))
}

// ourTexts returns flows, tests and wrong flows of this repository.
func ourTexts(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, root := range []string{"../../flows/examples", "../../flows/testdata", "../../docs/cookbook"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains([]string{".yaml", ".txtar"}, filepath.Ext(path)) {
				return err
			}
			text, err := os.ReadFile(path)
			out[path] = text
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range out {
		if _, rest, ok := strings.Cut(string(text), "-- flow.yaml --\n"); ok {
			rest, _, _ = strings.Cut(rest, "\n-- ")
			out[name] = []byte(rest + "\n")
		}
	}
	return out
}

func show(n *Node) string {
	return fmt.Sprintf("%d:%d kind %d style %d %q expression %d, %d parts", n.Line, n.Col, n.Kind, n.Style, n.Text, n.Expr, len(n.Items))
}

func differs(a, b *Node, at string) string {
	if a.Kind != b.Kind || a.Style != b.Style || a.Line != b.Line || a.Col != b.Col || a.Text != b.Text || a.Expr != b.Expr ||
		a.Broken || b.Broken || b.Partial || len(a.Keys) != len(b.Keys) || len(a.Items) != len(b.Items) {
		return at + ": " + show(a) + " is not " + show(b)
	}
	for i := range a.Keys {
		if d := differs(a.Keys[i], b.Keys[i], at+" key"); d != "" {
			return d
		}
	}
	for i := range a.Items {
		if d := differs(a.Items[i], b.Items[i], at+" item"); d != "" {
			return d
		}
	}
	return ""
}

// FuzzQuick looks for a text that is read otherwise than by the library.
func FuzzQuick(f *testing.F) {
	for _, text := range ourTexts(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		byBoth(t, text, false)
		byBoth(t, text, true)
	})
}
