package check

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each code that stands in the packages of flows is known as one of our own.
func TestOwnCodes(t *testing.T) {
	code := regexp.MustCompile(`\bCode: +"([A-Z][A-Za-z]+)"`)
	found := 0
	flows := os.DirFS("../..")
	err := fs.WalkDir(flows, ".", func(name string, entry fs.DirEntry, err error) error {
		if name == "explore" { // which plays the failures of services
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(flows, name)
		for _, m := range code.FindAllSubmatch(text, -1) {
			found++
			if !slices.Contains(ownCodes, string(m[1])) {
				t.Errorf("%s: %s is no code that is known here", name, m[1])
			}
		}
		return err
	})
	if err != nil || found < 20 {
		t.Errorf("%d codes were found: %v", found, err)
	}
	if !slices.IsSorted(ownCodes) {
		t.Error("the codes are not sorted")
	}
}
