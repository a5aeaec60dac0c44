// Package api lists what the public packages export, so that a change of it is
// seen where it is reviewed. It reads source text alone.
package api

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Name is an exported name of a package.
type Name struct {
	// Text is its declaration in one line, after the name of what it belongs to:
	// "type Event struct, Step string".
	Text string
	// Documented is true for a name with a comment of its own, or one that stands
	// over the group of constants or variables that it belongs to.
	Documented bool
}

// Packages returns the folders of the packages below root that others can
// import, with slashes and sorted.
func Packages(root string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); path != root && (name == "internal" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
			return filepath.SkipDir
		}
		if _, own := os.Stat(filepath.Join(path, "go.mod")); own == nil && path != root {
			return filepath.SkipDir // a module of its own
		}
		p, err := imported(path)
		var none *build.NoGoError
		if errors.As(err, &none) {
			return nil
		}
		if err == nil && p.Name != "main" {
			rel, relErr := filepath.Rel(root, path)
			found, err = append(found, filepath.ToSlash(rel)), relErr
		}
		return err
	})
	slices.Sort(found)
	return found, err
}

// imported reads which files a package has, on one platform whatever the
// machine's is.
func imported(dir string) (*build.Package, error) {
	context := build.Default
	context.GOOS, context.GOARCH, context.CgoEnabled, context.BuildTags = "linux", "amd64", false, nil
	p, err := context.ImportDir(dir, 0)
	if err != nil {
		return nil, fmt.Errorf("reading the package in %s: %w", dir, err)
	}
	return p, nil
}

// Of returns the exported names of the package in a folder, sorted by their
// texts.
func Of(dir string) ([]Name, error) {
	p, err := imported(dir)
	if err != nil {
		return nil, err
	}
	l := &list{fset: token.NewFileSet()}
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(l.fset, filepath.Join(dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		for _, decl := range file.Decls {
			l.add(decl)
		}
	}
	slices.SortFunc(l.names, func(a, b Name) int { return cmp.Compare(a.Text, b.Text) })
	return l.names, nil
}

// list collects names.
type list struct {
	fset  *token.FileSet
	names []Name
}

func (l *list) note(documented bool, format string, args ...any) {
	l.names = append(l.names, Name{Text: fmt.Sprintf(format, args...), Documented: documented})
}

func (l *list) add(decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		l.addFunc(d)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				l.addValues(d, s)
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					l.addType(s, s.Doc != nil || s.Comment != nil || len(d.Specs) == 1 && d.Doc != nil)
				}
			}
		}
	}
}

func (l *list) addFunc(d *ast.FuncDecl) {
	signature := strings.TrimPrefix(l.text(d.Type), "func")
	switch {
	case !d.Name.IsExported():
	case d.Recv == nil:
		l.note(d.Doc != nil, "func %s%s", d.Name.Name, signature)
	default:
		receiver := l.text(d.Recv.List[0].Type)
		if ast.IsExported(strings.TrimLeft(receiver, "*")) {
			l.note(d.Doc != nil, "method (%s) %s%s", receiver, d.Name.Name, signature)
		}
	}
}

func (l *list) addValues(d *ast.GenDecl, s *ast.ValueSpec) {
	documented := s.Doc != nil || s.Comment != nil || d.Doc != nil
	for i, name := range s.Names {
		if !name.IsExported() {
			continue
		}
		text := d.Tok.String() + " " + name.Name
		if s.Type != nil {
			text += " " + l.text(s.Type)
		}
		if d.Tok == token.CONST && i < len(s.Values) {
			text += " = " + l.text(s.Values[i])
		}
		l.note(documented, "%s", text)
	}
}

func (l *list) addType(s *ast.TypeSpec, documented bool) {
	head := "type " + s.Name.Name
	if s.TypeParams != nil {
		head += "[" + l.fields(s.TypeParams) + "]"
	}
	if s.Assign.IsValid() {
		head += " ="
	}
	switch t := s.Type.(type) {
	case *ast.StructType:
		l.note(documented, "%s struct", head)
		l.addMembers(head+" struct", t.Fields, "")
	case *ast.InterfaceType:
		l.note(documented, "%s interface", head)
		l.addMembers(head+" interface", t.Methods, "func")
	default:
		l.note(documented, "%s %s", head, l.text(s.Type))
	}
}

// addMembers notes fields or methods. An embedded one needs no comment.
func (l *list) addMembers(of string, members *ast.FieldList, trim string) {
	for _, m := range members.List {
		text := strings.TrimPrefix(l.text(m.Type), trim)
		if len(m.Names) == 0 {
			if name := strings.TrimLeft(text, "*"); ast.IsExported(name[strings.LastIndex(name, ".")+1:]) {
				l.note(true, "%s, embedded %s", of, text)
			}
			continue
		}
		for _, name := range m.Names {
			if name.IsExported() {
				sep := " "
				if trim != "" {
					sep = ""
				}
				l.note(m.Doc != nil || m.Comment != nil, "%s, %s%s%s", of, name.Name, sep, text)
			}
		}
	}
}

func (l *list) fields(list *ast.FieldList) string {
	var all []string
	for _, f := range list.List {
		var names []string
		for _, name := range f.Names {
			names = append(names, name.Name)
		}
		all = append(all, strings.Join(names, ", ")+" "+l.text(f.Type))
	}
	return strings.Join(all, ", ")
}

// text returns source text in one line.
func (l *list) text(node ast.Node) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, l.fset, node); err != nil {
		return "? " + err.Error()
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
