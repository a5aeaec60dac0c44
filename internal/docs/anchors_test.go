package docs

import (
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	anchored = regexp.MustCompile(`\]\(([^)#\s]*)#([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	notKept  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestAnchorsAreThere: a link to a part of a page leads to a heading.
func TestAnchorsAreThere(t *testing.T) {
	known, n := map[string]map[string]bool{}, 0
	for _, file := range pages(t) {
		rel, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		rel = filepath.ToSlash(rel)
		for _, m := range anchored.FindAllStringSubmatch(code.ReplaceAllString(read(t, rel), ""), -1) {
			to := rel
			if strings.Contains(m[1], "://") {
				continue
			} else if m[1] != "" {
				to = path.Join(path.Dir(rel), m[1])
			}
			if !strings.HasSuffix(to, ".md") || !exists(to) {
				continue
			}
			if known[to] == nil {
				known[to] = headings(read(t, to))
			}
			if n++; !known[to][m[2]] {
				t.Errorf("%s links to %s#%s, where no heading is", rel, to, m[2])
			}
		}
	}
	if n < 100 {
		t.Errorf("there are %d links to parts of pages", n)
	}
}

// headings returns the names that GitHub gives to the headings of a page.
func headings(text string) map[string]bool {
	names := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		title := notKept.ReplaceAllString(strings.ToLower(m[1]), "")
		names[strings.ReplaceAll(title, " ", "-")] = true
	}
	return names
}
