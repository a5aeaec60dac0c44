package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var mergeMark = regexp.MustCompile(`(?m)^(<{7}|>{7}|\|{7})( .*)?$`)

// TestNothingIsHalfMerged: no file that people or the command read has the marks
// that a merge leaves between two versions of a passage.
func TestNothingIsHalfMerged(t *testing.T) {
	kinds := []string{".md", ".txt", ".yaml", ".yml", ".json", ".html", ".svg", ".sh"}
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == ".git" || d.Name() == "node_modules" {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !slices.Contains(kinds, filepath.Ext(path)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		if at := mergeMark.FindIndex(text); at != nil {
			t.Errorf("%s:%d: a merge was left undone there", path, 1+strings.Count(string(text[:at[0]]), "\n"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files were found", files)
	}
}
