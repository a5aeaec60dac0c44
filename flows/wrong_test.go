package flows_test

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"golang.org/x/tools/txtar"
)

// wrongFlow is a flow of testdata/wrong: NAME/flow.yaml or NAME/flow.json, with
// NAME/want, which is exactly what the check prints, and NAME/mended.yaml, which
// is what the help leads to, and in which the check finds nothing.
type wrongFlow struct{ flow, want, mended *txtar.File }

// wrongFlows returns the flows of an archive by their names, in their order.
func wrongFlows(t *testing.T, archive *txtar.Archive) (names []string, all map[string]*wrongFlow) {
	t.Helper()
	all = map[string]*wrongFlow{}
	for i := range archive.Files {
		f := &archive.Files[i]
		name, part := path.Split(f.Name)
		if all[name] == nil {
			names, all[name] = append(names, name), &wrongFlow{}
		}
		switch w := all[name]; part {
		case "flow.yaml", "flow.json":
			w.flow = f
		case "want":
			w.want = f
		case "mended.yaml", "mended.json":
			w.mended = f
		default:
			t.Fatalf("%s is nothing that this test knows", f.Name)
		}
	}
	return names, all
}

func checked(t *testing.T, f *txtar.File) (diag.List, []byte) {
	t.Helper()
	_, name := path.Split(f.Name)
	flow, err := flows.Load(fstest.MapFS{name: {Data: f.Data}}, name, (&recorder{}).registry(t))
	var found *flows.CheckError
	switch {
	case err == nil && flow.Warnings() == nil:
		return nil, []byte("no mistakes\n")
	case err == nil:
		found = flow.Warnings()
	case !errors.As(err, &found):
		t.Fatalf("not a CheckError: %v", err)
	}
	var out strings.Builder
	if err := found.Print(&out); err != nil {
		t.Fatal(err)
	}
	return found.Diagnostics, []byte(out.String())
}

// TestWrongFlows checks that each wrong flow is told about in exactly the words
// that it should be, and that nothing is wrong with what it is mended to.
func TestWrongFlows(t *testing.T) {
	eachWrongArchive(t, func(t *testing.T, archive *txtar.Archive) bool {
		names, all := wrongFlows(t, archive)
		var out []txtar.File
		for _, name := range names {
			w := all[name]
			_, got := checked(t, w.flow)
			if w.mended != nil {
				if _, said := checked(t, w.mended); string(said) != "no mistakes\n" {
					t.Errorf("%s:\n%s", w.mended.Name, said)
				}
			}
			out = append(out, *w.flow, txtar.File{Name: name + "want", Data: got})
			if w.mended != nil {
				out = append(out, *w.mended)
			}
			if *update {
				continue
			}
			if w.want == nil {
				t.Errorf("%s has no want", name)
			} else if diff := cmp.Diff(string(w.want.Data), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", w.flow.Name, diff)
			}
		}
		archive.Files = out
		return *update
	})
}

func eachWrongArchive(t *testing.T, do func(*testing.T, *txtar.Archive) (changed bool)) {
	t.Helper()
	paths, err := filepath.Glob("testdata/wrong/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, file := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if do(t, archive) {
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// plain are the rules whose message says what to do.
var plain = []string{
	"out-of-range", "not-in-enum", "pattern-mismatch", "wrong-length", "ambiguous-scalar", "never-matches", "step-not-run", "bad-pattern", "key-not-text",
}

// TestWrongFlowsAreMany holds what the corpus is for: there are enough flows, of
// others' habits, too, and each mistake has a place, a rule and a way out.
func TestWrongFlowsAreMany(t *testing.T) {
	total, ofHabits := 0, 0
	eachWrongArchive(t, func(t *testing.T, archive *txtar.Archive) bool {
		names, all := wrongFlows(t, archive)
		isHabits := strings.HasPrefix(path.Base(t.Name()), "habits-")
		for _, name := range names {
			list, _ := checked(t, all[name].flow)
			if len(list) > 0 {
				total++
			}
			if len(list) > 0 && isHabits {
				ofHabits++
			}
			for _, d := range list {
				if d.Rule == "" || d.Message == "" || d.Line == 0 && d.Rule != "empty-file" || d.Help == "" && (isHabits || !slices.Contains(plain, d.Rule)) {
					t.Errorf("%s: no help, or no place: %s", name, d.Header())
				}
				if strings.ContainsAny(d.Message+d.Help, "‹›") {
					t.Errorf("%s: marks of YAML are shown: %s", name, d.Help)
				}
			}
		}
		return false
	})
	if total < 150 || ofHabits < 60 {
		t.Errorf("there are %d wrong flows, %d of them habits, want 150 and 60", total, ofHabits)
	}
}

// TestHelpsArePasted puts what each help of habits-pasted.txtar says in the place of
// its mistake: nothing is wrong then, and the flow runs.
func TestHelpsArePasted(t *testing.T) {
	eachWrongArchive(t, func(t *testing.T, archive *txtar.Archive) bool {
		if !strings.Contains(t.Name(), "pasted") {
			return false
		}
		names, all := wrongFlows(t, archive)
		var out []txtar.File
		for _, name := range names {
			w := all[name]
			mended := pasted(t, w.flow)
			r := &recorder{}
			if _, err := load(t, r, mended).Run(t.Context(), nil); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if w.mended == nil || string(w.mended.Data) != mended {
				t.Errorf("%s is not what the helps make of the flow:\n%s", name+"mended.yaml", mended)
			}
			out = append(out, *w.flow)
			if w.want != nil {
				out = append(out, *w.want)
			}
			out = append(out, txtar.File{Name: name + "mended.yaml", Data: []byte(mended)})
		}
		archive.Files = out
		return *update
	})
}

// pasted puts what the helps say, behind "write ", in the place of the mistakes.
// What is declared for it is put into the second line, or a new one.
func pasted(t *testing.T, f *txtar.File) string {
	t.Helper()
	list, _ := checked(t, f)
	slices.SortFunc(list, func(a, b diag.Diagnostic) int { return cmpPlaces(b, a) })
	lines := strings.Split(string(f.Data), "\n")
	inputs := ""
	for _, d := range list {
		_, use, ok := strings.Cut(d.Help, "write ")
		if !ok || d.Width == 0 {
			t.Fatalf("%s: nothing to paste: %s", f.Name, d.Help)
		}
		if _, declared, ok := strings.Cut(d.Help, "inputs: {"); ok {
			declared, _, _ = strings.Cut(declared, "}: write ")
			inputs = strings.TrimPrefix(declared+", "+inputs, ", ")
		}
		line := lines[d.Line-1]
		lines[d.Line-1] = line[:d.Col-1] + use + line[d.Col-1+d.Width:]
	}
	if inputs != "" {
		lines = slices.Insert(lines, 1, "inputs: {"+strings.TrimSuffix(inputs, ", ")+"}")
	}
	return strings.Join(lines, "\n")
}

func cmpPlaces(a, b diag.Diagnostic) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Col - b.Col
}
