package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	// variable is what a text looks like that names one of the environment.
	variable = regexp.MustCompile(`^(?:MEDLAR|AWS|VAULT|TEMPORAL|OTEL)_[A-Z0-9_]*[A-Z0-9]$|^(?:GOGC|GOMEMLIMIT|NO_COLOR|TERM|_X_AMZN_TRACE_ID)$`)
	rowOf    = regexp.MustCompile("(?m)^\\| (`[A-Z_][A-Z0-9_]*`(?:, `[A-Z_][A-Z0-9_]*`)*) \\|")
	// elsewhere are folders whose code is in no command, or is about what functions
	// in the emulator see.
	elsewhere = regexp.MustCompile(`^(?:internal/(?:api|bench|devserver|docs|imports|release|testenv)|operations/awsemu|operations/awsmodel/(?:sdktest|internal/(?:oracle|botocore)))(?:/|$)`)
)

// namedVariables returns the variables that the code of the commands names, with
// a file that does.
func namedVariables(t *testing.T) map[string]string {
	t.Helper()
	named := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		if err != nil || d.IsDir() {
			if name := d.Name(); rel != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "findings" || elsewhere.MatchString(rel)) {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && variable.MatchString(text) {
					named[text] = rel
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return named
}

// TestVariablesAreInTheReference: each variable that the code names stands in the
// reference, and what the tables have that is ours is named by the code.
func TestVariablesAreInTheReference(t *testing.T) {
	page, named := read(t, "docs/environment.md"), namedVariables(t)
	if len(named) < 12 {
		t.Errorf("the code names %v", named)
	}
	for name, file := range named {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/environment.md does not tell of %s, which %s names", name, file)
		}
	}
	for _, m := range rowOf.FindAllStringSubmatch(page, -1) {
		for _, cell := range strings.Split(m[1], ", ") {
			name := strings.Trim(cell, "`")
			if variable.MatchString(name) && named[name] == "" {
				t.Errorf("docs/environment.md tells of %s, which no code names", name)
			}
		}
	}
}

var metricName = regexp.MustCompile(`^medlar_[a-z_]+$`)

// TestMetricsAreInTheReference: each metric has a row with its labels.
func TestMetricsAreInTheReference(t *testing.T) {
	page, n := read(t, "docs/serve.md"), 0
	eachCall(t, "serve/*.go", func(call *ast.CallExpr) {
		texts := textsOf(call)
		if len(texts) == 0 || !metricName.MatchString(texts[0]) {
			return
		}
		n++
		rows := regexp.MustCompile("(?m)^\\| [^|]*`" + texts[0] + "`[^|]*\\|[^|]*\\|").FindString(page)
		if rows == "" {
			t.Errorf("docs/serve.md has no row for %s", texts[0])
		}
		for _, label := range texts[min(2, len(texts)):] {
			if !strings.Contains(rows, "`"+label+"`") {
				t.Errorf("the row of %s does not have its label %s", texts[0], label)
			}
		}
	})
	if n < 15 {
		t.Errorf("there are %d metrics", n)
	}
}

// eachCall calls f with each call that the code of some files makes, tests aside.
func eachCall(t *testing.T, pattern string, f func(call *ast.CallExpr)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(files) == 0 {
		t.Fatal(pattern, err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				f(call)
			}
			return true
		})
	}
}

// textsOf returns the arguments of a call that are texts.
func textsOf(call *ast.CallExpr) []string {
	var texts []string
	for _, arg := range call.Args {
		if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				texts = append(texts, text)
			}
		}
	}
	return texts
}
