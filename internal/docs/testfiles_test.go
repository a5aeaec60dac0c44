package docs

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

var (
	keysOfRow   = regexp.MustCompile("(?m)^\\| (`[a-zA-Z]+`(?:, `[a-zA-Z]+`)*) \\|")
	nameOfField = regexp.MustCompile(`schema\.Field\{Name: "([a-zA-Z]+)"`)
)

// called says what the reader's names for what it reads stand for.
var called = map[string]string{"aTest": "a test", "key": "response"} // response and answer have the same keys

func isText(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING
}

// TestKeysOfTestFilesAreInTheReference: each key that the reader of test files
// knows stands in the table for what it is a key of, and no other.
func TestKeysOfTestFilesAreInTheReference(t *testing.T) {
	tables := map[string]map[string]bool{}
	for _, part := range strings.Split(read(t, "docs/test-files.md"), "\n### Keys of ")[1:] {
		title, body, _ := strings.Cut(part, "\n")
		body, _, _ = strings.Cut(body, "\n#")
		tables[title] = map[string]bool{}
		for _, m := range keysOfRow.FindAllStringSubmatch(body, -1) {
			for _, key := range strings.Split(m[1], ", ") {
				tables[title][strings.Trim(key, "`")] = true
			}
		}
	}
	seen := map[string]bool{}
	eachCall(t, "flows/flowtest/*.go", func(call *ast.CallExpr) {
		if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "isMap" {
			return
		}
		texts := textsOf(call)
		switch {
		case texts[0] == "error": // its keys are those of a schema
			for _, m := range nameOfField.FindAllStringSubmatch(read(t, "flows/flowtest/readtest.go"), -1) {
				texts = append(texts, m[1])
			}
		case len(call.Args) > 1 && !isText(call.Args[1]):
			texts = append([]string{called[fmt.Sprint(call.Args[1])]}, texts...)
		}
		seen[texts[0]] = true
		for _, key := range texts[1:] {
			if !tables[texts[0]][key] {
				t.Errorf("docs/test-files.md: the keys of %s have no row for %s", texts[0], key)
			}
			delete(tables[texts[0]], key)
		}
	})
	for what, keys := range tables {
		if !seen[what] {
			t.Errorf("docs/test-files.md has keys of %s, which the reader does not know", what)
		}
		for key := range keys {
			t.Errorf("docs/test-files.md has the key %s of %s, which the reader does not know", key, what)
		}
	}
}
