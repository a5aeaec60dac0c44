package imports

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Modules of their own that use packages of this one know the libraries of these: a new
// library else shows only where such a module is built, long after go test.
func TestModulesKnowLibraries(t *testing.T) {
	root := filepath.Join("..", "..")
	found := 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() != "go.mod" || filepath.Dir(name) == root {
			return err
		}
		folder := filepath.Dir(name)
		used := ours(t, folder)
		if len(used) == 0 {
			return nil
		}
		found++
		sums, err := os.ReadFile(filepath.Join(folder, "go.sum"))
		for _, library := range libraries(t, used) {
			if !strings.Contains("\n"+string(sums), "\n"+library+" ") {
				t.Errorf("%s does not know %s, which the packages need that it uses of this module: run go mod tidy there", strings.TrimPrefix(filepath.ToSlash(name), "../../"), library)
			}
		}
		return err
	})
	if err != nil || found < 3 {
		t.Errorf("%d modules use this one: %v", found, err)
	}
}

// ours lists the packages of this module that the files of a folder import, and those
// below it.
func ours(t *testing.T, folder string) []string {
	t.Helper()
	used := map[string]bool{}
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			dir := filepath.Join("..", "..", filepath.FromSlash(strings.TrimPrefix(imported, module+"/")))
			if !strings.HasPrefix(imported, module+"/") || strings.HasPrefix(dir, filepath.Clean(folder)) {
				continue
			}
			used[imported] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(used))
}

// libraries lists the modules that packages of this one need.
func libraries(t *testing.T, packages []string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}"}, packages...)...)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	list := strings.Fields(string(out))
	slices.Sort(list)
	return slices.Compact(list)
}
