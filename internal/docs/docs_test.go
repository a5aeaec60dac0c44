// Package docs holds what the pages of the documentation say of the code to the
// code: that decisions are in the index, that tests, functions and files that a
// page names are there, and that the code that it shows is compiled and run.
package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// pages are the pages that say how things are now. Decisions say how they were
// when they were made.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "llms.txt", "docs/*.md", "docs/cookbook/*.md", "docs/coming-from/*.md", "docs/releases/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("there are no pages %s (%v)", pattern, err)
		}
		all = append(all, found...)
	}
	return append(all, filepath.Join(root, "docs/decisions/README.md"))
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(root, name))
	return err == nil
}

// parsed is what declared has found already: pages name the same packages over and over.
var parsed = map[string][2]map[string]bool{}

// declared returns the functions of a Go file, or of all files of a folder that
// end in suffix: methods as "type.name". texts are the constant texts in them.
func declared(t *testing.T, name, suffix string) (functions, texts map[string]bool) {
	t.Helper()
	key := name + " " + suffix
	if known, ok := parsed[key]; ok {
		return known[0], known[1]
	}
	defer func() { parsed[key] = [2]map[string]bool{functions, texts} }()
	files := []string{filepath.Join(root, name)}
	if !strings.HasSuffix(name, ".go") {
		var err error
		if files, err = filepath.Glob(filepath.Join(root, name, "*"+suffix)); err != nil {
			t.Fatal(err)
		}
	}
	functions, texts = map[string]bool{}, map[string]bool{}
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		for _, d := range tree.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				functions[receiver(f)+f.Name.Name] = true
			}
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					texts[text] = true
				}
			}
			return true
		})
	}
	return functions, texts
}

// receiver returns the type of a method with a dot behind it.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	if name, ok := typ.(*ast.Ident); ok {
		return name.Name + "."
	}
	return ""
}

var (
	decisionFile = regexp.MustCompile(`^(\d{3})-[a-z0-9-]+\.md$`)
	indexLine    = regexp.MustCompile(`(?m)^- \[([^\]]+)\]\(([^)]+)\): .+\.$`)
)

// TestDecisionsAreInTheIndex: each decision has one line in the index, with its
// number and title, and the index has no others.
func TestDecisionsAreInTheIndex(t *testing.T) {
	titles, numbers := map[string]string{}, map[string]string{}
	entries, err := os.ReadDir(filepath.Join(root, "docs/decisions"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "README.md" {
			continue
		}
		m := decisionFile.FindStringSubmatch(e.Name())
		if m == nil {
			t.Errorf("docs/decisions/%s is not named NNN-title.md", e.Name())
			continue
		}
		if other, twice := numbers[m[1]]; twice {
			t.Errorf("%s and %s have one number", other, e.Name())
		}
		numbers[m[1]] = e.Name()
		first, _, _ := strings.Cut(read(t, "docs/decisions/"+e.Name()), "\n")
		titles[e.Name()] = strings.TrimPrefix(first, "# ")
		if n, _, _ := strings.Cut(titles[e.Name()], "."); n != strings.TrimLeft(m[1], "0") {
			t.Errorf("%s begins with %q, not with its number", e.Name(), first)
		}
	}
	for _, m := range indexLine.FindAllStringSubmatch(read(t, "docs/decisions/README.md"), -1) {
		title, there := titles[m[2]]
		switch {
		case !there:
			t.Errorf("the index has %s, which is no decision or stands there twice", m[2])
		case title != m[1]:
			t.Errorf("the index calls %s %q, the decision %q", m[2], m[1], title)
		}
		delete(titles, m[2])
	}
	for name := range titles {
		t.Errorf("docs/decisions/README.md has no line for %s: - [%s](%s): what it says, in a few words.", name, titles[name], name)
	}
}

var (
	row      = regexp.MustCompile(`(?m)^\| .*\|$`)
	testName = regexp.MustCompile("`([a-z0-9/-]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)(?:/([^`]+))?`")
	script   = regexp.MustCompile("`([a-z0-9/-]+/testdata/[a-z0-9/-]+\\.txtar)`")
)

// TestPromisesNameTheirTests: in the table of promises each cell names a test
// that holds it, or says that there is no promise; every test that is named is
// there.
func TestPromisesNameTheirTests(t *testing.T) {
	page := read(t, "docs/promises.md")
	table, _, _ := strings.Cut(page, "\n## ") // what others do stands behind it
	rows := row.FindAllString(table, -1)
	if len(rows) < 12 {
		t.Fatalf("there are %d rows", len(rows))
	}
	columns := strings.Count(rows[0], "|")
	for _, line := range rows[2:] {
		cells := strings.Split(strings.Trim(line, "|"), " | ")
		if len(cells)+1 != columns {
			t.Errorf("a row has %d cells, not %d: %s", len(cells), columns-1, cells[0])
		}
		for _, cell := range cells[1:] {
			if !testName.MatchString(cell) && !script.MatchString(cell) && !strings.Contains(cell, "No promise") {
				t.Errorf("%s: the cell %q names no test", strings.TrimSpace(cells[0]), cell)
			}
		}
	}
	checkTests(t, page)
}

// checkTests reports tests that a page names and that are not there.
func checkTests(t *testing.T, page string) {
	t.Helper()
	for _, m := range testName.FindAllStringSubmatch(page, -1) {
		functions, texts := declared(t, m[1], "_test.go")
		switch {
		case !functions[m[2]]:
			t.Errorf("package %s has no %s", m[1], m[2])
		case m[3] != "" && !texts[m[3]]:
			t.Errorf("the tests of %s do not know %q of %s", m[1], m[3], m[2])
		}
	}
	for _, m := range script.FindAllStringSubmatch(page, -1) {
		if !exists(m[1]) {
			t.Errorf("there is no %s", m[1])
		}
	}
}

// testCommand is a test that a page tells the reader to run.
var testCommand = regexp.MustCompile(`go test (?:-\S+ )*\./([a-z0-9/-]+) -run '?\^?((?:Test|Fuzz)[A-Za-z0-9]+)`)

// TestNamedTestsAreThere holds the other pages to it, and the commands that
// they tell the reader to run.
func TestNamedTestsAreThere(t *testing.T) {
	for _, page := range []string{"CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md"} {
		text := read(t, page)
		checkTests(t, text)
		for _, m := range testCommand.FindAllStringSubmatch(text, -1) {
			if functions, _ := declared(t, m[1], "_test.go"); !functions[m[2]] {
				t.Errorf("%s runs %s of %s, which is not there", page, m[2], m[1])
			}
		}
	}
}

// functionOf is a function that the text names with its file.
var functionOf = regexp.MustCompile("`([A-Za-z]+(?:\\.[A-Za-z]+)?)` of `([a-z0-9_/]+\\.go)`")

// place is a function and the file that it stands in, in a row of the walk.
var place = regexp.MustCompile("^`([a-z0-9_/]+\\.go)` \\| `([A-Za-z0-9_.]+)`")

// TestWalkNamesRealFunctions: the functions on the way of a parameter are where
// the page says.
func TestWalkNamesRealFunctions(t *testing.T) {
	n := 0
	for _, line := range row.FindAllString(read(t, "docs/architecture.md"), -1) {
		_, cells, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		m := place.FindStringSubmatch(cells)
		if m == nil {
			continue
		}
		n++
		if functions, _ := declared(t, m[1], ""); !functions[m[2]] {
			t.Errorf("%s has no %s", m[1], m[2])
		}
	}
	if n < 12 {
		t.Errorf("the walk has %d functions", n)
	}
	for _, m := range functionOf.FindAllStringSubmatch(read(t, "docs/architecture.md"), -1) {
		if functions, _ := declared(t, m[2], ""); !functions[m[1]] {
			t.Errorf("%s has no %s", m[2], m[1])
		}
	}
}

var (
	linkTarget = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)
	code       = regexp.MustCompile("(?s)\n```.*?\n```|`[^`\n]+`")
	codeSpan   = regexp.MustCompile("`([^`\n]+)`")
	ourPath    = regexp.MustCompile(`^(?:cli|cmd|connector|diag|docs|flows|internal|operations|schema)(?:/[A-Za-z0-9_.-]+)+$`)
	ofPackage  = regexp.MustCompile(`\.[A-Z]`) // a name in a package
	standIn    = regexp.MustCompile(`NAME|NNN`)
)

// TestPathsAreThere: links within the repository lead somewhere, and a path of
// ours in the text is one.
func TestPathsAreThere(t *testing.T) {
	for _, page := range pages(t) {
		rel, err := filepath.Rel(root, page)
		if err != nil {
			t.Fatal(err)
		}
		text := read(t, rel)
		for _, m := range linkTarget.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
			if !strings.Contains(m[1], "://") && !exists(path.Join(path.Dir(rel), m[1])) {
				t.Errorf("%s links to %s, which is not there", rel, m[1])
			}
		}
		if rel == "CHANGELOG.md" {
			continue // it names what is gone
		}
		for _, m := range codeSpan.FindAllStringSubmatch(text, -1) {
			if ourPath.MatchString(m[1]) && !standIn.MatchString(m[1]) && !ofPackage.MatchString(m[1]) && !exists(m[1]) {
				t.Errorf("%s names %s, which is not there", rel, m[1])
			}
		}
	}
}

// TestIndexForModels: llms.txt names every page but decisions.
func TestIndexForModels(t *testing.T) {
	text := read(t, "llms.txt")
	for _, page := range pages(t) {
		rel, err := filepath.Rel(root, page)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.ToSlash(rel)
		if strings.HasPrefix(name, "docs/") && !strings.HasPrefix(name, "docs/decisions") && name != "docs/README.md" && !strings.Contains(text, "]("+name+")") {
			t.Errorf("llms.txt has no line for %s", name)
		}
	}
}

// TestReadmeIsShort: it says what this is, and the pages say the rest.
func TestReadmeIsShort(t *testing.T) {
	if n := len(strings.Fields(read(t, "README.md"))); n > 900 {
		t.Errorf("README.md has %d words; 900 are enough", n)
	}
}

var shown = regexp.MustCompile("(?s)<!-- from ([a-z0-9_./-]+) -->\n```[a-z]*\n(.*?)```")

// TestShownCodeIsReal: what CONTRIBUTING.md shows stands in files that the tests
// compile or run; each block but those of commands says in which.
func TestShownCodeIsReal(t *testing.T) {
	text := read(t, "CONTRIBUTING.md")
	blocks := shown.FindAllStringSubmatch(text, -1)
	for _, m := range blocks {
		if !strings.Contains(read(t, m[1]), m[2]) {
			t.Errorf("what is shown from %s does not stand there:\n%s", m[1], m[2])
		}
	}
	fences := strings.Count(text, "\n```") / 2
	if commands := strings.Count(text, "\n```console\n"); len(blocks) == 0 || len(blocks)+commands != fences {
		t.Errorf("of %d blocks %d are commands and %d say where they stand", fences, commands, len(blocks))
	}
}

// TestRoomsAreDescribed: the page describes each package of flows, and those
// that it describes are there.
func TestRoomsAreDescribed(t *testing.T) {
	page := read(t, "docs/architecture.md")
	var rooms []string
	for _, pattern := range []string{"flows/*", "flows/internal/*", "internal/*"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range found {
			if sources, _ := filepath.Glob(filepath.Join(folder, "*.go")); len(sources) > 0 {
				rel, _ := filepath.Rel(root, folder)
				rooms = append(rooms, filepath.ToSlash(rel))
			}
		}
	}
	slices.Sort(rooms)
	for _, room := range rooms {
		if !strings.Contains(page, "`"+room+"`") {
			t.Errorf("docs/architecture.md does not say what %s is for", room)
		}
	}
}
