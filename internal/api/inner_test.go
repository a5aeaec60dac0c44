package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/api"
)

const module = "github.com/medlar-flow/medlar"

// innerAllowed are the exported names that may show an internal type: an option
// is a function that others pass on and do not call.
var innerAllowed = map[string]bool{
	"flows.RunOption": true,
}

// What the public packages export can be understood, and written down, without
// an internal type: none is aliased, and none is a field, a parameter or a
// result.
func TestNoInternalTypeShows(t *testing.T) {
	folders, err := api.Packages(root)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, folder := range folders {
		paths = append(paths, module+"/"+folder)
	}
	packages := imported(t, paths)
	used := map[string]bool{}
	for _, path := range paths {
		for _, shown := range innerOf(packages[path]) {
			name, _, _ := strings.Cut(shown, ":")
			used[name] = true
			if !innerAllowed[name] {
				t.Errorf("%s: move what both sides need to a small public package", shown)
			}
		}
	}
	for name := range innerAllowed {
		if !used[name] {
			t.Errorf("%s is allowed to show an internal type and shows none: take it off the list", name)
		}
	}
}

// The walk finds an internal type wherever it can stand.
func TestInnerOf(t *testing.T) {
	public := types.NewPackage(module+"/face", "face")
	inner := types.NewPackage(module+"/face/internal/room", "room")
	hidden := types.NewNamed(types.NewTypeName(token.NoPos, inner, "Hidden", nil), types.NewStruct(nil, nil), nil)
	add := func(name string, typ types.Type) {
		types.NewNamed(types.NewTypeName(token.NoPos, public, name, nil), typ, nil)
		public.Scope().Insert(types.NewNamed(types.NewTypeName(token.NoPos, public, name, nil), typ, nil).Obj())
	}
	field := func(name string, typ types.Type) *types.Struct {
		return types.NewStruct([]*types.Var{types.NewField(token.NoPos, public, name, typ, false)}, nil)
	}
	params := types.NewTuple(types.NewParam(token.NoPos, public, "p", types.NewPointer(hidden)))
	add("Field", field("Of", types.NewMap(types.Typ[types.String], types.NewSlice(hidden))))
	add("Quiet", field("of", hidden))
	add("Func", types.NewSignatureType(nil, nil, nil, params, nil, false))
	with := types.NewNamed(types.NewTypeName(token.NoPos, public, "With", nil), types.NewStruct(nil, nil), nil)
	receiver := types.NewParam(token.NoPos, public, "w", with)
	with.AddMethod(types.NewFunc(token.NoPos, public, "Do", types.NewSignatureType(receiver, nil, nil, nil, params, false)))
	with.AddMethod(types.NewFunc(token.NoPos, public, "quiet", types.NewSignatureType(receiver, nil, nil, nil, params, false)))
	public.Scope().Insert(with.Obj())
	public.Scope().Insert(types.NewVar(token.NoPos, public, "Var", types.NewChan(types.SendRecv, hidden)))
	types.NewAlias(types.NewTypeName(token.NoPos, public, "Plain", nil), types.Typ[types.Int])
	alias := types.NewTypeName(token.NoPos, public, "Alias", nil)
	types.NewAlias(alias, hidden)
	public.Scope().Insert(alias)
	var got []string
	for _, shown := range innerOf(public) {
		name, _, _ := strings.Cut(shown, ":")
		got = append(got, name)
	}
	if diff := cmp.Diff([]string{"face.Alias", "face.Field", "face.Func", "face.Var", "face.With"}, got); diff != "" {
		t.Errorf("names that show an internal type (-want +got):\n%s", diff)
	}
}

// imported reads the types of packages from what the compiler left of them.
func imported(t *testing.T, paths []string) map[string]*types.Package {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Export"}, paths...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	exports := map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
	}
	from := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("nothing is compiled of %s", path)
		}
		return os.Open(exports[path])
	})
	packages := map[string]*types.Package{}
	for _, path := range paths {
		p, err := from.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		packages[path] = p
	}
	return packages
}

// innerOf returns the exported names of a package that show an internal type
// of ours, and where.
func innerOf(p *types.Package) []string {
	var found []string
	for _, name := range p.Scope().Names() {
		object := p.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		w := &walk{}
		if declared, ok := object.(*types.TypeName); ok {
			w.declared(declared)
		} else {
			w.shown(name, object.Type())
		}
		slices.Sort(w.found)
		for _, where := range slices.Compact(w.found) {
			found = append(found, strings.TrimPrefix(p.Path(), module+"/")+"."+name+": "+where)
		}
	}
	return found
}

// walk looks for internal types.
type walk struct{ found []string }

// declared looks at what the declaration of a type shows.
func (w *walk) declared(of *types.TypeName) {
	if of.IsAlias() {
		w.shown("it is an alias", types.Unalias(of.Type()))
		return
	}
	named, ok := of.Type().(*types.Named)
	if !ok {
		return
	}
	w.shown("its declaration", named.Underlying())
	for method := range named.Methods() {
		if method.Exported() {
			w.shown("method "+method.Name(), method.Type())
		}
	}
}

// shown looks at a type where it is used: names of other packages are looked at
// where they are declared.
func (w *walk) shown(where string, typ types.Type) {
	switch x := typ.(type) {
	case *types.Alias:
		w.name(where, x.Obj())
	case *types.Named:
		w.name(where, x.Obj())
		for arg := range x.TypeArgs().Types() {
			w.shown(where, arg)
		}
	case *types.Map:
		w.shown(where, x.Key())
		w.shown(where, x.Elem())
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		w.shown(where, x.Elem())
	case *types.Signature:
		for param := range x.Params().Variables() {
			w.shown(where, param.Type())
		}
		for result := range x.Results().Variables() {
			w.shown(where, result.Type())
		}
	case *types.Struct:
		for field := range x.Fields() {
			if field.Exported() {
				w.shown("field "+field.Name(), field.Type())
			}
		}
	case *types.Interface:
		for method := range x.ExplicitMethods() {
			if method.Exported() {
				w.shown("method "+method.Name(), method.Type())
			}
		}
		for embedded := range x.EmbeddedTypes() {
			w.shown(where, embedded)
		}
	}
}

func (w *walk) name(where string, of *types.TypeName) {
	if of.Pkg() == nil || !strings.HasPrefix(of.Pkg().Path(), module+"/") {
		return
	}
	if slices.Contains(strings.Split(of.Pkg().Path(), "/"), "internal") {
		w.found = append(w.found, where+" shows "+of.Pkg().Path()+"."+of.Name())
	}
}
