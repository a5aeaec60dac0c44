package check

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/yamlfile"
	"github.com/medlar-flow/medlar/operations"
)

// inPartsOf checks a file in parts of a size, or whole where that is 0.
func inPartsOf(size int, fsys fs.FS, name string, registry *connector.Registry) (*interp.Program, string) {
	l := newLoader(fsys, registry, false)
	l.partSize = size
	p, found, _ := l.check(name)
	text := ""
	for _, d := range found {
		text += fmt.Sprintf("%+v\n", d)
	}
	return p, text
}

// A file whose steps are read while they are checked is found to be what it is where
// it is read first.
func TestChecksInParts(t *testing.T) {
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	parts := 0
	for _, pattern := range []string{"../../testdata/*/*.txtar", "../../examples/*.yaml"} {
		paths, _ := filepath.Glob(pattern)
		if len(paths) == 0 {
			t.Error("nothing is", pattern)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for name, file := range filesIn(path, string(text)) {
				for _, written := range []string{file, inJSON(file)} {
					parts += holdParts(t, path, name, written, registry)
				}
			}
		}
	}
	if parts < 100 {
		t.Error("only", parts, "files are read in parts")
	}
}

// holdParts checks a file in parts and whole. It returns 1 where it is read in parts.
func holdParts(t *testing.T, path, name, file string, registry *connector.Registry) int {
	t.Helper()
	files := fstest.MapFS{name: {Data: []byte(file)}}
	want, said := inPartsOf(0, files, name, registry)
	got, says := inPartsOf(1, files, name, registry)
	if diff := cmp.Diff(said, says); diff != "" {
		t.Errorf("%s in parts (-want +got):\n%s\n%s", path, diff, file)
	}
	if (got == nil) != (want == nil) || got != nil && (got.Slots != want.Slots || fmt.Sprint(got.Outline()) != fmt.Sprint(want.Outline())) {
		t.Errorf("%s in parts is another flow:\n%s", path, file)
	}
	if _, _, _, rest := yamlfile.NewFile(name, []byte(file)).Begin(1); rest != nil {
		return 1
	}
	return 0
}

// inJSON returns a file in one line; an empty one where JSON cannot hold it.
func inJSON(file string) string {
	var v any
	if yaml.Unmarshal([]byte(file), &v) != nil {
		return ""
	}
	out, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(out)
}

// filesIn gives the YAML files of an archive, and any other file itself.
func filesIn(path, text string) map[string]string {
	if !strings.HasSuffix(path, ".txtar") {
		return map[string]string{filepath.Base(path): text}
	}
	files := map[string]string{}
	for file := range strings.SplitSeq("\n"+text, "\n-- ") {
		if name, body, ok := strings.Cut(file, " --\n"); ok && strings.HasSuffix(name, ".yaml") {
			files[filepath.Base(name)] = body + "\n"
		}
	}
	return files
}

// Ids stand anywhere in a file: a part that is not read yet has steps, too.
func TestStepsOfLaterParts(t *testing.T) {
	registry, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	for _, steps := range []string{
		"  - set: {a: \"${steps.last}\"}\n  - set: {b: 1}\n  - {id: last, wait: 1s}\n",
		"  - set: {a: \"${steps.none}\"}\n  - set: {b: 1}\n  - {id: nine, wait: 1s}\n",
		"  - {id: one, wait: 1s}\n  - {id: two, wait: 1s}\n  - {id: one, wait: 1s}\n  - {id: one, set: {a: 1}}\n",
		"  - set: {a: \"${last}\"}\n  - {id: last, wait: 1s}\n  - {id: last, wait: 1s}\n",
		"  - repeat:\n      - set: {a: \"${ctx.b ?? 1}\", b: \"${1}\"}\n    until: true\n  - set: {c: \"${ctx.a + 1}\"}\n  - set: {d: \"${ctx.c + 1}\"}\n",
		"  - set: {a: \"${1}\"}\n  - set: {b: \"${ctx.a + 1}\"}\n  - set: &x {c: \"${ctx.b}\"}\n  - set: *x\n",
		"  - set: {a: \"${1}\"}\n  - set: {b: \"${ctx.a + 1}\"}\n  - set: {c: \"x}\n  - set: {d: \"${ctx.e}\"}\n",
	} {
		files := fstest.MapFS{"f.yaml": {Data: []byte("flow: f\nsteps:\n" + steps + "output: \"${ctx.z}\"\n")}}
		_, want := inPartsOf(0, files, "f.yaml", registry)
		_, got := inPartsOf(1, files, "f.yaml", registry)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\nin parts (-want +got):\n%s", steps, diff)
		}
	}
}

// The verbs that are told quickly are those that helps name.
func TestVerbsAreOneSet(t *testing.T) {
	for verb := range verbs {
		if !isVerb(verb) {
			t.Errorf("%q is a verb in helps alone", verb)
		}
	}
	for _, key := range append(strings.Fields("call set if switch forEach parallel try repeat wait flow fail return"), strings.Fields("then else do catch finally undo with id")...) {
		if _, named := verbs[key]; named != isVerb(key) {
			t.Errorf("%q: a verb in helps %v, in steps %v", key, named, isVerb(key))
		}
	}
}
