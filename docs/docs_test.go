package docs_test

import (
	"os"
	"path/filepath"
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
		if text, ok := docs.Read(page.Name); !ok || page.Title == "" || !strings.Contains(text, page.Title) {
			t.Errorf("%+v is read as %.40q", page, text)
		}
		titles[page.Name] = page.Title
	}
	for _, name := range []string{"language", "tutorial", "cookbook", "cookbook/saga.yaml", "coming-from", "coming-from/wso2"} {
		if titles[name] == "" {
			t.Errorf("there is no page %s", name)
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
