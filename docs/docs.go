// Package docs holds the pages of the documentation, as they stand in this
// folder, for the command docs. [Pages] lists them, [Read] gives one. Decisions
// are left out: they say how things came about.
//
// The pages are part of the program's file and take no memory until one is read.
package docs

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

//go:embed *.md coming-from/*.md cookbook/*.md cookbook/*.yaml
var files embed.FS

// Page is a page of the documentation, or a recipe of the cookbook.
type Page struct {
	// Name is its path below the folder docs without ".md"; that of a folder's
	// first page is the folder: "language", "cookbook", "cookbook/saga.yaml".
	Name string
	// Title is its first heading, and the first sentence of a recipe.
	Title string
}

// Pages returns all pages by their names, without tests of recipes and the flows
// and files that belong to one.
func Pages() []Page {
	var pages []Page
	for _, name := range names() {
		if strings.HasSuffix(name, ".test.yaml") {
			continue
		}
		text, err := files.ReadFile(name)
		if err != nil {
			continue // it was listed a moment ago
		}
		pages = append(pages, Page{Name: nameOf(name), Title: titleOf(string(text))})
	}
	slices.SortFunc(pages, func(a, b Page) int { return strings.Compare(a.Name, b.Name) })
	return pages
}

// titleOf returns the first heading, or the first sentence of the comment that a
// recipe begins with.
func titleOf(text string) string {
	var title []string
	for line := range strings.Lines(text) {
		part, isComment := strings.CutPrefix(strings.TrimSpace(line), "#")
		if !isComment {
			break
		}
		if sentence, _, ends := strings.Cut(part+" ", ". "); ends {
			title = append(title, strings.TrimSpace(sentence))
			break
		}
		title = append(title, strings.TrimSpace(part))
	}
	return strings.Join(title, " ")
}

// Mentioning returns the names of pages that have a word, whatever its case: first
// those that have it in a heading, the more of the heading it is the earlier, then
// those that have it most often.
func Mentioning(word string) []string {
	word = strings.ToLower(word)
	if word == "" {
		return nil
	}
	weights := map[string]int{}
	var pages []string
	for _, name := range names() {
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		b, err := files.ReadFile(name)
		if err != nil {
			continue // it was listed a moment ago
		}
		if weight := weightOf(word, strings.ToLower(string(b))); weight > 0 {
			weights[nameOf(name)] = weight
			pages = append(pages, nameOf(name))
		}
	}
	slices.SortStableFunc(pages, func(a, b string) int { return weights[b] - weights[a] })
	return pages
}

// weightOf returns how much a text is about a word.
func weightOf(word, text string) int {
	const heading = 1000 // times what a word in the text counts, for one that is the whole heading
	best := 0
	for line := range strings.Lines(text) {
		if title := strings.TrimSpace(strings.TrimLeft(line, "#")); title != strings.TrimSpace(line) && strings.Contains(title, word) {
			best = max(best, heading*len(word)/len(title))
		}
	}
	return best*heading + strings.Count(text, word)
}

// Read returns the text of a page by its name, with or without ".md", and
// reports whether there is one. Tests of recipes have names, too.
func Read(name string) (text string, ok bool) {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "docs/"), "/")
	for _, path := range []string{name, name + ".md", name + "/README.md", name + ".yaml"} {
		if b, err := files.ReadFile(path); err == nil {
			return string(b), true
		}
	}
	return "", false
}

func nameOf(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(path, ".md"), "/README")
}

// names returns the paths of all files.
func names() []string {
	var all []string
	// The walk of an embedded folder has no errors.
	_ = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path != "README.md" { // which leads those who have no command
			all = append(all, path)
		}
		return err
	})
	return all
}
