package docs

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

var (
	flagRow  = regexp.MustCompile("(?m)^\\| (`--[^|]*) \\|")
	flagCell = regexp.MustCompile("`(--[a-z-]+)(?: ([^`]+))?`")
)

// TestFlagTables: the table of docs/serve.md has each flag of serve once, and the
// defaults that the command has.
func TestFlagTables(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/serve.md"))
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]string{} // their defaults
	for _, c := range below(trees()[0]) {
		if relative(c) == "serve" {
			c.Flags().VisitAll(func(f *pflag.Flag) { flags["--"+f.Name] = f.DefValue })
		}
	}
	delete(flags, "--help")
	var told []string
	for _, row := range flagRow.FindAllStringSubmatch(string(page), -1) {
		for _, m := range flagCell.FindAllStringSubmatch(row[1], -1) {
			told = append(told, m[1])
			if m[2] != "" && strings.ToUpper(m[2]) != m[2] && !sameDefault(m[2], flags[m[1]]) {
				t.Errorf("%s: the page says %s, the command %s", m[1], m[2], flags[m[1]])
			}
		}
	}
	slices.Sort(told)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(flags)), told); diff != "" {
		t.Errorf("flags of serve (-command +page):\n%s", diff)
	}
}

func sameDefault(a, b string) bool {
	x, errX := time.ParseDuration(a)
	y, errY := time.ParseDuration(b)
	return a == b || errX == nil && errY == nil && x == y
}
