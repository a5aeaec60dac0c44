package explore_test

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"gopkg.in/yaml.v3"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/explore"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsmodel"
)

// mutant is a flow with one thing made wrong.
type mutant struct {
	what string
	text []byte
}

// member returns the value of a key; nil for none.
func member(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func remove(n *yaml.Node, key string) {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = slices.Delete(slices.Clone(n.Content), i, i+2)
			return
		}
	}
}

func put(n *yaml.Node, key string, v *yaml.Node) {
	remove(n, key)
	n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
}

func scalar(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }

// lists returns the lists of steps below a node, in order.
func lists(n *yaml.Node) []*yaml.Node {
	var found []*yaml.Node
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			switch n.Content[i].Value {
			case "steps", "do", "then", "else", "try", "finally", "repeat", "undo":
				if v := n.Content[i+1]; v.Kind == yaml.SequenceNode {
					found = append(found, v)
				}
			}
		}
	}
	for _, inner := range n.Content {
		found = append(found, lists(inner)...)
	}
	return found
}

// mutations change a copy of a flow, each in all places where it can be: the
// n-th is changed, and what it is called is returned; empty where there is none.
var mutations = map[string]func(steps []*yaml.Node, blocks []*yaml.Node, n int) string{ //nolint:gochecknoglobals // a table
	"undo removed":       onStep(func(s *yaml.Node) bool { return member(s, "undo") != nil }, func(s *yaml.Node) { remove(s, "undo") }),
	"time limit removed": onStep(func(s *yaml.Node) bool { return member(s, "timeout") != nil }, func(s *yaml.Node) { remove(s, "timeout") }),
	"idempotent added": onStep(changes,
		func(s *yaml.Node) { put(s, "idempotent", scalar("true")) }),
	"retry on unknown": onStep(changes, func(s *yaml.Node) {
		put(s, "idempotent", scalar("true"))
		retry := &yaml.Node{Kind: yaml.MappingNode}
		on := &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{scalar("throttled"), scalar("unavailable"), scalar("timeout")}}
		put(retry, "on", on)
		put(s, "retry", retry)
	}),
	"catch widened": onStep(func(s *yaml.Node) bool { return member(s, "catch") != nil }, func(s *yaml.Node) {
		for _, handler := range member(s, "catch").Content {
			remove(handler, "on")
		}
	}),
	"guard removed": func(_, blocks []*yaml.Node, n int) string {
		for _, b := range blocks {
			for i, s := range b.Content {
				if member(s, "if") == nil {
					continue
				}
				if n--; n >= 0 {
					continue
				}
				if then := member(s, "then"); then != nil && then.Kind == yaml.SequenceNode && member(then.Content[0], "fail") == nil {
					b.Content = slices.Concat(b.Content[:i], then.Content, b.Content[i+1:])
				} else {
					b.Content = slices.Delete(slices.Clone(b.Content), i, i+1)
				}
				return fmt.Sprintf("of step %d", i+1)
			}
		}
		return ""
	},
	"two steps swapped": func(_, blocks []*yaml.Node, n int) string {
		for _, b := range blocks {
			for i := 0; i+1 < len(b.Content); i++ {
				if n--; n < 0 {
					b.Content[i], b.Content[i+1] = b.Content[i+1], b.Content[i]
					return fmt.Sprintf("%d and %d", i+1, i+2)
				}
			}
		}
		return ""
	},
	"undos swapped": func(steps, _ []*yaml.Node, n int) string {
		var with []*yaml.Node
		for _, s := range steps {
			if member(s, "undo") != nil {
				with = append(with, s)
			}
		}
		for i := range with {
			for j := i + 1; j < len(with); j++ {
				if n--; n < 0 {
					a, b := member(with[i], "undo"), member(with[j], "undo")
					put(with[i], "undo", b)
					put(with[j], "undo", a)
					return "of two steps"
				}
			}
		}
		return ""
	},
}

// all is every operation that comes along.
var all = sync.OnceValue(func() *connector.Registry {
	reg, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		panic(err)
	}
	return reg.WithSource(awsmodel.Source())
})

// changes reports whether a step calls what must not be repeated unless the step
// says so. Said of others it changes nothing.
func changes(s *yaml.Node) bool {
	call := member(s, "call")
	if call == nil || member(s, "idempotent") != nil {
		return false
	}
	op, ok := all().Operation(call.Value)
	params := map[string]any{"method": "GET"}
	if with := member(s, "with"); with != nil && member(with, "method") != nil {
		params["method"] = member(with, "method").Value
	}
	return ok && op.EffectOf(params) == connector.EffectMutating
}

func onStep(fits func(*yaml.Node) bool, change func(*yaml.Node)) func(steps, blocks []*yaml.Node, n int) string {
	return func(steps, _ []*yaml.Node, n int) string {
		for i, s := range steps {
			if !fits(s) {
				continue
			}
			if n--; n < 0 {
				change(s)
				if id := member(s, "id"); id != nil {
					return "of " + id.Value
				}
				return fmt.Sprintf("of step %d", i+1)
			}
		}
		return ""
	}
}

// mutantsOf makes every mutant of a flow.
func mutantsOf(t *testing.T, text []byte) []mutant {
	t.Helper()
	var list []mutant
	for _, name := range slices.Sorted(mapsKeys(mutations)) {
		for n := range 100 {
			var doc yaml.Node
			if err := yaml.Unmarshal(text, &doc); err != nil {
				t.Fatal(err)
			}
			blocks := lists(&doc)
			var steps []*yaml.Node
			for _, b := range blocks {
				steps = append(steps, b.Content...)
			}
			where := mutations[name](steps, blocks, n)
			if where == "" {
				break
			}
			out, err := yaml.Marshal(&doc)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, mutant{name + " " + where, out})
		}
	}
	return list
}

func mapsKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// fate says what becomes of a mutant.
func fate(t *testing.T, reg *connector.Registry, name string, m mutant, known map[string]bool) string {
	t.Helper()
	tests, err := os.ReadFile(path.Join(examples, name))
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{path.Base(name): {Data: tests}, strings.Replace(path.Base(name), ".test.", ".", 1): {Data: m.text}}
	suite, err := flowtest.Load(fsys, path.Base(name), reg)
	switch {
	case err != nil:
		return "refused"
	case !suite.Run(t.Context()).OK():
		return "killed by a test"
	}
	for _, one := range suite.Tests() {
		for id := range findings(t, suite, one.Name()) {
			if !known[id] {
				return "found"
			}
		}
	}
	return "not found"
}

// findings names what is found in a suite, around a test of it; all for an empty
// name.
func findings(t *testing.T, suite *flowtest.Suite, test string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	only := func(name string) bool { return test == "" || name == test }
	for _, r := range explore.Suite(t.Context(), suite, explore.Options{Strict: true, Only: only}).Tests {
		for _, f := range r.Findings {
			found[f.Rule+" "+suite.Static(f.Step)+" "+f.Text] = true
		}
	}
	return found
}

// TestMutants: of what is made wrong in the examples, and no test sees, most is
// found.
func TestMutants(t *testing.T) {
	if !testenv.Thorough() {
		t.Skip("takes some seconds: set MEDLAR_THOROUGH")
	}
	reg := registry(t)
	fates := map[string]int{}
	var missed bytes.Buffer
	for _, name := range exampleTests(t) {
		text, err := os.ReadFile(path.Join(examples, strings.Replace(name, ".test.", ".", 1)))
		if err != nil {
			t.Fatal(err)
		}
		known := findings(t, load(t, os.DirFS(examples), name, reg), "")
		for _, m := range mutantsOf(t, text) {
			f := fate(t, reg, name, m, known)
			fates[f]++
			if f == "not found" {
				fmt.Fprintf(&missed, "%s: %s\n", name, m.what)
			}
		}
	}
	t.Logf("%v, not found:\n%s", fates, &missed)
	found, open := fates["found"], fates["not found"]
	if found+open < 15 || found*100 < 85*(found+open) {
		t.Errorf("of %d mutants that no test kills %d are found", found+open, found)
	}
}
