package docs_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/docs"
	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

// TestPages: every page has a name and a title, and is what stands in the folder.
func TestPages(t *testing.T) {
	titles := map[string]string{}
	for _, page := range docs.Pages() {
		text, ok := docs.Read(page.Name)
		if text = strings.ReplaceAll(text, "\n# ", " "); !ok || page.Title == "" || !strings.Contains(text, page.Title) {
			t.Errorf("%+v is read as %.40q", page, text)
		}
		titles[page.Name] = page.Title
	}
	for _, name := range []string{"language", "tutorial", "cookbook", "cookbook/saga.yaml", "coming-from", "coming-from/wso2"} {
		if titles[name] == "" {
			t.Errorf("there is no page %s", name)
		}
	}
	for name, want := range map[string]string{
		"serve": "Serving flows", "cookbook/saga.yaml": "Book a trip in three systems: all three bookings or none",
		"cookbook/blue-green.yaml": "Shift the traffic of an alias to a new version step by step, and back at once when the new version answers wrongly",
	} {
		if titles[name] != want {
			t.Errorf("the title of %s is %q, not %q", name, titles[name], want)
		}
	}
	if title, ok := titles["decisions"]; ok {
		t.Errorf("decisions are a page: %s", title)
	}
}

func TestRead(t *testing.T) {
	for name, file := range map[string]string{
		"language": "language.md", "language.md": "language.md", "docs/language.md": "language.md",
		"cookbook": "cookbook/README.md", "cookbook/": "cookbook/README.md", "cookbook/saga": "cookbook/saga.yaml",
		"cookbook/saga.test.yaml": "cookbook/saga.test.yaml", "coming-from/wso2": "coming-from/wso2.md",
	} {
		want, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := docs.Read(name); !ok || got != string(want) {
			t.Errorf("%s is read as %.40q, not as %s", name, got, file)
		}
	}
	for _, name := range []string{"", ".", "..", "../go.mod", "decisions/001-expressions-know-schemas", "docs.go", "/language"} {
		if text, ok := docs.Read(name); ok {
			t.Errorf("%q is read as %.40q", name, text)
		}
	}
}

// TestMentioning: what has a word in its headings comes before what has it often.
func TestMentioning(t *testing.T) {
	for word, want := range map[string]string{"notify": "serve", "metrics": "serve", "agents": "serve", "MOTO": "aws"} {
		if pages := docs.Mentioning(word); len(pages) == 0 || !slices.Contains(pages[:min(len(pages), 4)], want) {
			t.Errorf("%q is in %v, and %s is not among the first", word, pages, want)
		}
	}
	for _, word := range []string{"", "nothing-like-it"} {
		if pages := docs.Mentioning(word); len(pages) > 0 {
			t.Errorf("%q is in %v", word, pages)
		}
	}
}
