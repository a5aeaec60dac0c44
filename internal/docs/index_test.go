package docs

import (
	"strings"
	"testing"
)

// indexPage is the first page of the folder docs: what llms.txt lists, with links
// from there.
func indexPage(t *testing.T) string {
	t.Helper()
	_, lists, _ := strings.Cut(read(t, "llms.txt"), "\n## ")
	w := &writer{}
	w.lines("# The documentation", "", mark, "",
		"Begin with the [tutorial](tutorial.md), then read the [language](language.md), and look for a job like yours in the [cookbook](cookbook/README.md). "+
			"All pages are in the command, too: `runner docs`, and `runner docs WORD` for those that speak of something.", "")
	lists = strings.ReplaceAll("## "+lists, "](docs/", "](")
	for _, outside := range []string{"README.md", "CHANGELOG.md"} {
		lists = strings.ReplaceAll(lists, "]("+outside, "](../"+outside)
	}
	w.WriteString(strings.ReplaceAll(lists, "## Optional", "## For those who build on it or work on it"))
	w.lines("- [Decisions](decisions/README.md): why things are as they are")
	return w.String()
}
