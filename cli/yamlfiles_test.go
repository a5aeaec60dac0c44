package cli

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/internal/yamlfile"
	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/schema"
)

// kindOfFile is one of the kinds of YAML files that people write.
type kindOfFile struct {
	name  string
	first string // a first line that is right
	value string // up to where any value may stand
	read  func(t *testing.T, text string) string
}

func kindsOfFiles(t *testing.T) []kindOfFile {
	t.Helper()
	registry, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	printed := func(t *testing.T, err error) string {
		t.Helper()
		p, ok := err.(interface{ Print(io.Writer) error }) //nolint:errorlint // each package has its own type
		if !ok {
			t.Fatalf("no list of mistakes: %v", err)
		}
		var b bytes.Buffer
		if err := p.Print(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	values := func(file *yamlfile.File, t *testing.T) string {
		t.Helper()
		var b bytes.Buffer
		_, wrongs := decodeInputs(file, schema.MustNew().Open())
		a := &app{Command: Command{Stderr: &b}}
		_ = a.mistakes(wrongs, file.Excerpts)
		return b.String()
	}
	return []kindOfFile{
		{"flow", "flow: f", "flow: f\nsteps: [{set: {k: ", func(t *testing.T, text string) string {
			t.Helper()
			_, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", registry)
			return printed(t, err)
		}},
		{"test", "flow: g.yaml", "flow: g.yaml\ntests: [{name: t, expect: {output: ", func(t *testing.T, text string) string {
			t.Helper()
			fsys := fstest.MapFS{"f.yaml": {Data: []byte(text)}, "g.yaml": {Data: []byte("flow: g\nsteps: [{set: {a: 1}}]\noutput: {a: 1}\n")}}
			_, err := flowtest.Load(fsys, "f.yaml", registry)
			return printed(t, err)
		}},
		{"functions", "roles: []", "roles: []\nfunctions: {f: {reply: ", func(t *testing.T, text string) string {
			t.Helper()
			_, err := awsemu.ReadFixture("f.yaml", []byte(text))
			return printed(t, err)
		}},
		{"inputs", "a: x", "a: x\nb: {c: ", func(t *testing.T, text string) string {
			t.Helper()
			return values(yamlfile.NewFile("f.yaml", []byte(text)), t)
		}},
		{"secrets", "token: x", "", func(t *testing.T, text string) string {
			t.Helper()
			return values(yamlfile.NewFile("f.yaml", []byte(text)).Private("token"), t)
		}},
	}
}

// about leaves of what is printed the mistakes of a rule.
func about(printed, rule string) string {
	var out []string
	wanted := false
	for line := range strings.Lines(printed) {
		if strings.HasPrefix(line, "f.yaml") {
			wanted = strings.Contains(line, "["+rule+"]")
		}
		if wanted {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

var headerPlace = regexp.MustCompile(`^f\.yaml(:\d+:\d+)?: error: `)

// One mistake is told in the same words at the same place in every kind of
// file. In a file of secrets it is told without them.
func TestEveryFileSaysTheSame(t *testing.T) {
	bomb := "k: {a0: &a0 [x, x, x, x, x, x, x, x, x, x]}\n"
	for c := 'a'; c < 'h'; c++ {
		bomb += strings.NewReplacer("NEW", string(c+1), "OLD", string(c)).Replace("NEW: &NEW0 [*OLD0, *OLD0, *OLD0, *OLD0, *OLD0, *OLD0, *OLD0, *OLD0, *OLD0, *OLD0]\n")
	}
	const secret = "hunter2"
	tests := []struct {
		name, body string // the body is from line 2 on
		place      string
		rule       string
	}{
		{"a key twice", "k: {hunter2: 1, hunter2: 2}", ":2:17", "duplicate-key"},
		{"a merge key", "k: {<<: {hunter2: 1}}", ":2:5", "merge-key"},
		{"a tag", "k: !hunter2 x", ":2:4", "yaml-tag"},
		{"a known tag", "k: !!str hunter2", ":2:4", "yaml-tag"},
		{"a key that is a list", "k: {[hunter2]: 1}", ":2:5", "key-not-text"},
		{"a key that is a boolean", "k: {true: hunter2}", ":2:5", "key-not-text"},
		{"a key that some read as octal", "k: {0123: hunter2}", ":2:5", "key-not-text"},
		{"no space behind a colon", "k: {hunter2:1, b: 2}", ":2:5", "missing-space"},
		{"a second document", "k: 1\n---\nk: hunter2", ":3:1", "second-document"},
		{"indentation of a map", "k:\n  a:\n    b: hunter2\n   c: hunter2", ":5:4", "yaml-syntax"},
		{"indentation of a list", "k:\n  - {a: 1}\n  - {b: hunter2}\n   - {c: hunter2}", ":5:4", "yaml-syntax"},
		{"an item below a value", "k:\n  - hunter2\n   - b: hunter2", ":4:4", "yaml-syntax"},
		{"an unknown anchor", "k: 1\nl: *hunter2", ":3:4", "yaml-syntax"},
		{"a star", "k: *", ":2:4", "yaml-syntax"},
		{"a tab", "k:\n\ta: hunter2", ":3:1", "yaml-syntax"},
		{"text behind a quote", "k: \"hunter2\"hunter2", ":2:13", "yaml-syntax"},
		{"an open quote", "k: 1\nl: \"hunter2", ":3:4", "yaml-syntax"},
		{"an open bracket", "k: [1, hunter2", ":2:4", "yaml-syntax"},
		{"two colons", "k: hunter2: x", ":2:11", "yaml-syntax"},
		{"an escape", "k: \"\\h\"", ":2:5", "yaml-syntax"},
		{"an expression without quotes", "k: {a: ${hunter2}}", ":2:8", "yaml-syntax"},
		{"a value that begins with @", "k: @hunter2", ":2:4", "yaml-syntax"},
		{"a NUL byte", "k: hunter2\x00", ":2:11", "not-yaml"},
		{"no UTF-8", "k: hunter2\xff", ":2:11", "not-yaml"},
		{"depth", "k: " + strings.Repeat("[", 200) + strings.Repeat("]", 200), ":2:104", "too-deep"},
		{"aliases", bomb, ":6:44", "alias-bomb"},
		{"size", strings.Repeat("# hunter2\n", 2<<20), "", "file-too-large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var first string
			for _, kind := range kindsOfFiles(t) {
				got := about(kind.read(t, kind.first+"\n"+tt.body+"\n"), tt.rule)
				place := headerPlace.FindStringSubmatch(got)
				switch {
				case place == nil || place[1] != tt.place:
					t.Errorf("%s: got\n%s\nwant it at %s [%s]", kind.name, got, tt.place, tt.rule)
				case kind.name == "secrets" && strings.Contains(got, secret):
					t.Errorf("a secret is shown:\n%s", got)
				case kind.name == "secrets" || tt.rule == "file-too-large": // where the words of the reader of files come first
				case first == "":
					first = got
				default:
					if diff := cmp.Diff(first, got); diff != "" {
						t.Errorf("%s (-flow +%s):\n%s", kind.name, kind.name, diff)
					}
				}
			}
		})
	}
}

// A number that readers disagree on is one mistake, where a value may be any.
func TestEveryFileRefusesAmbiguousNumbers(t *testing.T) {
	for _, number := range []string{"0123", "0x1F", "1_000", ".inf", "-.NaN", "0o17"} {
		for _, kind := range kindsOfFiles(t) {
			if kind.value == "" {
				continue // secrets are texts
			}
			_, line, _ := strings.Cut(kind.value, "\n")
			closing := strings.Repeat("}", strings.Count(line, "{")-strings.Count(line, "["))
			if strings.Contains(line, "[") {
				closing = "}}]"
			}
			got := about(kind.read(t, kind.value+number+closing+"\n"), "ambiguous-scalar")
			if !strings.Contains(got, number+" looks like a number but is written in a way that YAML readers disagree on") &&
				!strings.Contains(got, number+" is no number that can be used") {
				t.Errorf("%s: %s: %s", kind.name, number, got)
			}
		}
	}
}
