package flows_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

var (
	yamlBlock = regexp.MustCompile("(?s)(<!-- fails: ([A-Za-z.]+) -->\n)?```yaml\n(.*?)```")
	goBlock   = regexp.MustCompile("(?s)```go\n(.*?)```")
)

// TestDocumentedFlows: every flow in the documentation is without mistakes and
// does on the emulator what the page says.
func TestDocumentedFlows(t *testing.T) {
	pages, err := filepath.Glob("../docs/coming-from/[a-z]*.md")
	if err != nil || len(pages) < 5 {
		t.Fatal(pages, err)
	}
	for _, page := range append(pages, "../README.md", "../docs/language.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, m := range yamlBlock.FindAllSubmatch(text, -1) {
			if !bytes.HasPrefix(m[3], []byte("flow:")) {
				continue
			}
			found++
			name, _, _ := strings.Cut(strings.TrimPrefix(string(m[3]), "flow: "), "\n")
			t.Run(name, func(t *testing.T) { runDocumented(t, m[3], string(m[2])) })
		}
		if found == 0 {
			t.Errorf("%s shows no flow", page)
		}
	}
}

func runDocumented(t *testing.T, text []byte, fails string) {
	t.Helper()
	flow, err := flows.Load(fstest.MapFS{"doc.yaml": {Data: text}}, "doc.yaml", (&recorder{}).registry(t))
	if err != nil {
		t.Fatal(err)
	}
	if flow.Warnings() != nil {
		t.Error(flow.Warnings())
	}
	result, err := startLocal(t).runFlow(t, flow, nil, io.Discard)
	var failure *report.RunError
	switch {
	case fails == "" && err != nil:
		t.Errorf("it fails: %v", err)
	case fails != "" && (!errors.As(err, &failure) || failure.Code != fails):
		t.Errorf("it gives %v and %v, the page says that it fails with %s", result, err, fails)
	}
}

// The Go code of the page of embedding is code that the tests compile and run.
func TestEmbeddingShowsRealCode(t *testing.T) {
	readme, err := os.ReadFile("../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := goBlock.FindAllSubmatch(readme, -1)
	if len(blocks) == 0 || !bytes.Contains(example, blocks[0][1]) {
		t.Error("the first Go block of docs/embedding.md does not stand in example_test.go")
	}
}

var (
	documentedRule = regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|")
	shownRule      = regexp.MustCompile(`(?m)^\S+: (?:error|warning): .*\[([a-z0-9-]+)\]$`)
)

// TestRulesAreDocumented: the page lists the rules that the test files show,
// and every rule that it lists is shown by one of them or by a bad file.
func TestRulesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, m := range documentedRule.FindAllSubmatch(page, -1) {
		documented[string(m[1])] = false
	}
	for _, rule := range []string{"alias-bomb", "empty-file", "file-too-large", "not-yaml", "too-deep", "unreadable-file", "expression-too-long"} {
		documented[rule] = true // TestBadFiles, and the tests of expressions
	}
	for _, rule := range []string{"relative-url", "two-bodies", "null-refused", "empty-value", "mixed-item"} {
		documented[rule] = true // the operation's own: TestPromiseHTTPChecks, TestPromiseNull, TestChecks of awsmodel
	}
	paths, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := filepath.Glob("flowtest/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := filepath.Glob("testdata/wrong/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	paths = append(append(paths, tests...), wrong...)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range shownRule.FindAllSubmatch(text, -1) {
			if _, ok := documented[string(m[1])]; !ok {
				t.Errorf("%s shows the rule %s, which docs/rules.md does not list", path, m[1])
			}
			documented[string(m[1])] = true
		}
	}
	for rule, shown := range documented {
		if !shown {
			t.Errorf("docs/rules.md lists %s, which no test file shows", rule)
		}
	}
}
