package docs

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations"
)

var (
	// shownExpression is one within a line of code.
	shownExpression = regexp.MustCompile(`\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}`)
	// shownCall is a call of a function of expressions, or of what looks like one.
	shownCall = regexp.MustCompile(`^[a-z][A-Za-z0-9]*\(.*\)$`)
)

// noExpressions are texts of pages that look like expressions and are those of others,
// or stand for any.
var noExpressions = map[string]string{
	"${}":                    "an expression of nothing, in the rule about it",
	"${...}":                 "stands for any",
	`${! json("order.id") }`: "Redpanda Connect's",
	"${VERSION:-2}":          "a shell's",
}

// TestExpressionsOfPages: what a page shows as an expression within a line can be read
// as one, and its functions take so many arguments.
func TestExpressionsOfPages(t *testing.T) {
	where := map[string]string{}
	for _, file := range pages(t) {
		rel, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		if rel = filepath.ToSlash(rel); rel == "CHANGELOG.md" || rel == "docs/functions.md" || rel == "docs/mistakes.md" {
			continue // these show mistakes, or are made from what the tests compile
		}
		for _, m := range codeSpan.FindAllStringSubmatch(read(t, rel), -1) {
			text := strings.ReplaceAll(m[1], `\|`, "|")
			for _, found := range shownExpression.FindAllString(text, -1) {
				where[found] = rel
			}
			if shownCall.MatchString(text) && !strings.Contains(text, "...") {
				where["${"+text+"}"] = rel
			}
		}
	}
	var flow strings.Builder
	flow.WriteString("flow: shown\nsteps:\n  - set:\n")
	var shown []string
	for text := range where {
		if noExpressions[text] == "" && !strings.Contains(text, "…") {
			shown = append(shown, text)
			fmt.Fprintf(&flow, "      x%d: %q\n", len(shown), text)
		}
	}
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = flows.Load(fstest.MapFS{"shown.yaml": {Data: []byte(flow.String())}}, "shown.yaml", registry)
	var found *flows.CheckError
	if len(shown) < 50 || !errors.As(err, &found) {
		t.Fatalf("there are %d expressions: %v", len(shown), err)
	}
	for _, d := range found.Diagnostics {
		if text := shown[d.Line-4]; d.Rule == "expression-syntax" || d.Rule == "empty-expression" || strings.Contains(d.Message, "arguments to call") {
			t.Errorf("%s shows %s: %s", where[text], text, d.Message)
		}
	}
}
