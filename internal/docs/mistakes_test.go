package docs

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var rowOfRule = regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\| (.*) \\|$")

// mistakesPage shows each rule by its file in flows/testdata/rules, which
// flows.TestRuleExamples holds to what is printed.
func mistakesPage(t *testing.T) string {
	w := &writer{}
	w.lines("# Mistakes", "", mark, "",
		"Each [rule](rules.md) of the check with why it is there, a flow that breaks it, what is printed, and the flow mended. "+
			"Flows are saved as `flow.yaml`, or as `flow.json` where the block says so, tests of one beside it as `flow.test.yaml`; at the end the commands count, which is left out here. The tests take all of it as it stands here. "+
			"What goes wrong while a flow runs has [codes](codes.md).")
	var left []string
	shown := 0
	for _, m := range rowOfRule.FindAllStringSubmatch(read(t, "docs/rules.md"), -1) {
		archive, err := txtar.ParseFile(filepath.Join(root, "flows/testdata/rules", m[1]+".txtar"))
		if err != nil {
			left = append(left, "`"+m[1]+"` ("+m[2]+")")
			continue
		}
		shown++
		w.lines("", "## "+m[1], "", upper(strings.TrimPrefix(m[2], "warning: "))+". "+strings.TrimSpace(string(archive.Comment)), "")
		w.example(archive)
	}
	if shown < 120 || len(left) > 10 {
		t.Errorf("%d rules are shown, %d are not", shown, len(left))
	}
	w.lines("", "## Without an example", "", "What would be too large or no text, or belongs to programs of one's own: "+strings.Join(left, "; ")+".")
	return w.String()
}

func upper(text string) string {
	if strings.HasPrefix(text, "`") {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// example writes the files of a rule, the one that breaks it last, then what is
// printed and the mended one. cmd/runner.TestMistakesAreTyped holds the commands to
// what is printed.
func (w *writer) example(archive *txtar.Archive) {
	var broken, mended, want txtar.File
	tests := false
	for _, f := range archive.Files {
		tests = tests || f.Name == "flow.test.yaml"
	}
	for _, f := range archive.Files {
		switch {
		case f.Name == "want":
			want = f
		case strings.HasPrefix(f.Name, "mended."):
			mended = f
		case f.Name == "flow.test.yaml", !tests && strings.HasPrefix(f.Name, "flow."):
			broken = f
		default:
			w.block("`"+f.Name+"`:", kindOf(f.Name), f.Data)
		}
	}
	name, command, after := "", "runner check "+broken.Name, "Mended:"
	if tests {
		name, command, after = "`"+broken.Name+"`:", "runner test", "`"+broken.Name+"` mended:"
	}
	w.block(name, kindOf(broken.Name), broken.Data)
	w.block("", "text", append([]byte("$ "+command+"\n"), want.Data...))
	w.block(after, kindOf(mended.Name), mended.Data)
}

func kindOf(name string) string {
	switch ending := filepath.Ext(name); ending {
	case ".yaml", ".json", ".go":
		return ending[1:]
	default:
		return "text"
	}
}

func (w *writer) block(before, kind string, data []byte) {
	if before != "" {
		w.lines(before, "")
	}
	w.lines("```"+kind, strings.TrimRight(string(data), "\n"), "```", "")
}
