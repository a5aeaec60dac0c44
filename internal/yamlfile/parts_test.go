package yamlfile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// bothWays reads a text in parts of a size and whole, and fails where the two differ.
// It reports whether it was read in parts.
func bothWays(t *testing.T, text []byte, size int) bool {
	t.Helper()
	root, texts, found, rest := NewFile("f.yaml", text).Begin(size)
	want, wanted, wrong := NewFile("f.yaml", text).Parse()
	if rest == nil {
		if len(found) != len(wrong) || len(texts) != len(wanted) {
			t.Fatalf("found %v, want %v", found, wrong)
		}
		return false
	}
	list := root.Get("steps")
	for i := range rest.Len() {
		more, ok := rest.Read(i)
		if !ok {
			return false
		}
		more.Number(len(texts))
		list.Hold(nil, append(list.Items(), more.Items...))
		texts = append(texts, more.Texts...)
	}
	if len(wrong) > 0 {
		t.Fatalf("only the parts are right of\n%s\n%v", text, wrong)
	}
	sameBut(t, root, want)
	exprs := 0
	holdTexts(t, root, texts, &exprs)
	if exprs != len(texts) || len(texts) != len(wanted) {
		t.Fatalf("%d texts with expressions, %d found, want %d", len(texts), exprs, len(wanted))
	}
	return true
}

// sameBut is same for nodes that number their texts otherwise.
func sameBut(t *testing.T, a, b *Node) {
	t.Helper()
	if a.Kind != b.Kind || a.Style != b.Style || a.Line != b.Line || a.Col != b.Col || a.Text != b.Text || (a.Expr > 0) != (b.Expr > 0) ||
		a.Broken != b.Broken || a.Partial != b.Partial || len(a.Keys()) != len(b.Keys()) || len(a.Items()) != len(b.Items()) {
		t.Fatalf("%+v is not %+v", a, b)
	}
	for i := range a.Keys() {
		sameBut(t, a.Keys()[i], b.Keys()[i])
	}
	for i := range a.Items() {
		sameBut(t, a.Items()[i], b.Items()[i])
	}
}

func holdTexts(t *testing.T, n *Node, texts []string, found *int) {
	t.Helper()
	if n.Expr > 0 {
		if *found++; texts[n.Expr-1] != n.Text {
			t.Fatalf("text %d is %q, want %q", n.Expr, texts[n.Expr-1], n.Text)
		}
	}
	for _, k := range n.Keys() {
		holdTexts(t, k, texts, found)
	}
	for _, item := range n.Items() {
		holdTexts(t, item, texts, found)
	}
}

func TestParts(t *testing.T) {
	const head, tail = "flow: f\nsteps:\n", "output: ${ctx.c}\ntriggers: []\n"
	for _, c := range []struct {
		name, text string
		parts      bool
	}{
		{"steps", head + "  - set: {a: 1}\n  - id: b\n    set: {c: \"${ctx.a}\"}\n" + tail, true},
		{"steps at the left", head + "- set: {a: 1}\n- set: {b: \"${ctx.a}\"}\n" + tail, true},
		{"nothing behind", head + "  - a\n  - b\n  - c", true},
		{"comments", head + "\n# one\n  # two\n  - a # three\n\n# four\n  - b\n# five\n" + tail, true},
		{"blocks of text", head + "  - a: |\n      - b\n\n  - c: >+\n      d\n\n\n  - e: |2-\n       f\n" + tail, true},
		{"lists in steps", head + "  -\n    - a\n    - b\n  - - c\n    - d\n  -\n  - e: [f,\n      g]\n" + tail, true},
		{"a quote over steps", head + "  - a: \"x\n  - b: y\n  - c: z\"\n  - d\n", false},
		{"a quote over the end", head + "  - a: \"x\n  - b: y\nz: \"\n", false},
		{"brackets over steps", head + "  - {a: [b,\n  - c]}\n  - d\n", false},
		{"an alias", head + "  - a: &x 1\n  - b: *x\n" + tail, false},
		{"an anchor alone", head + "  - a: &x 1\n  - b: 2\n" + tail, true},
		{"a key twice", head + "  - {a: 1, a: 2}\n  - b\n" + tail, false},
		{"steps twice", head + "  - a\n  - b\nsteps:\n  - c\n", false},
		{"steps in a text", "description: \"\nsteps:\n  - a\n  - b\"\n", false},
		{"steps in a block", "flow:\n  a: |\n    b\n\nsteps:\n  - a\n  - b\n", true},
		{"steps that are text", head + "  a\n  - b\n  - c\n", false},
		{"another document", head + "  - a\n  - b\n---\n  - c\n", false},
		{"less indented", head + "    - a\n  - b\n    - c\n", false},
		{"less at the end", head + "  - a\n  - b\n- c\n", false},
		{"a tag", head + "  - !a b\n  - c\n", false},
		{"a tab", head + "  - a\n\t- b\n  - c\n", false},
		{"line breaks of others", head + "  - a\r\n  - b\r\n  - c\r\n", false},
		{"letters", head + "  - ä: ü\n  - ö: \"ß ${ctx.é}\"\n  - ó\n" + tail, true},
		{"JSON", `{"flow": "f", "steps": [{"set": {"a": 1}}, {"set": {"b": "${ctx.a}"}}, {"c": [[], {}, "]"]}], "output": "${ctx.b}"}`, true},
		{"JSON in lines", "{\"output\": \"${x}\",\n\"steps\": [\n  {\"a\":\n \"${ä}\"}, {\"ö\": \"\\\\\"},\r\n\t1.5, null, \"\\\"]\", [2]\n ] , \"ß\":\"ü\", \"z\": true}\n", true},
		{"JSON and letters in a line", `{"ä": "ö", "steps": [ "ü", {"ß": "${ctx.é}"} ,"ó" ], "é": {"steps": [1, 2]}}`, true},
		{"JSON with a key twice", `{"steps": ["a", {"b": 1, "b": 2}, "c"]}`, false},
		{"JSON with steps twice", `{"steps": ["a", "b"], "steps": ["c", "d"]}`, false},
		{"JSON with one step", `{"steps": ["a"], "b": ["c", "d"]}`, false},
		{"JSON without steps", `{"steps": [], "b": 1}`, false},
		{"JSON with steps below", `{"a": {"steps": ["b", "c"]}}`, false},
		{"JSON that is too deep", `{"steps": ["a", ` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `, "b"]}`, false},
		{"JSON that is as deep as can be", `{"steps": ["a", ` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + `, "b"]}`, true},
		{"a list of JSON", `["steps", ["a", "b"]]`, false},
		{"slashes", head + "  - a: \"\\/x\"\n  - b: \"\\/\"\n" + tail, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := bothWays(t, []byte(c.text), 1); got != c.parts {
				t.Errorf("in parts: %t", got)
			}
		})
	}
}

// FuzzParts: what is read in parts is what is read whole.
func FuzzParts(f *testing.F) {
	for _, pattern := range []string{"../../flows/testdata/errors/*.txtar", "../../flows/examples/*.yaml"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			for file := range strings.SplitSeq("\n"+string(text), "\n-- ") {
				body := []byte(file[strings.IndexByte(file, '\n')+1:])
				f.Add(body, 0)
				f.Add(inJSON(body), 0)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		bothWays(t, text, 1+size&63)
	})
}

// inJSON returns a text as JSON; nothing where it is no YAML that JSON can hold.
func inJSON(text []byte) []byte {
	var v any
	if yaml.Unmarshal(text, &v) != nil {
		return nil
	}
	out, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return out
}
