package testenv

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every package with tests calls Clean in its TestMain, so that none depends
// on the environment without anybody noticing.
func TestEveryPackageIsClean(t *testing.T) {
	clean := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != "../.." {
			if _, own := os.Stat(filepath.Join(path, "go.mod")); own == nil {
				return fs.SkipDir // a module of its own
			}
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") || path == "testenv_test.go" {
			return err
		}
		if dir := filepath.Dir(path); !clean[dir] {
			clean[dir], err = callsClean(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(clean) < 20 {
		t.Fatalf("only %d packages with tests were found", len(clean))
	}
	for dir, ok := range clean {
		if here, _ := os.Getwd(); !ok && filepath.Clean(filepath.Join(here, dir)) != here {
			t.Errorf("the tests of %s need a TestMain that calls testenv.Clean first", dir)
		}
	}
}

func callsClean(path string) (bool, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return false, err
	}
	found := false
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Name.Name != "TestMain" || f.Recv != nil {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Clean" {
				x, ok := s.X.(*ast.Ident)
				found = found || ok && x.Name == "testenv"
			}
			return true
		})
	}
	return found, nil
}
