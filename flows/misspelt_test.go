package flows_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"gopkg.in/yaml.v3"
)

// TestMisspeltKeys misspells each key of a flow that has them all, one at a time:
// that is one mistake, at the key, and nothing is missed because of it.
func TestMisspeltKeys(t *testing.T) {
	text, err := os.ReadFile("testdata/allkeys.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	registry := ruleRegistry(t)
	if list := errorsOf(t, registry, text); len(list) > 0 {
		t.Fatalf("the flow is wrong: %v", list)
	}
	keys := keysOf(doc.Content[0], "")
	lines := strings.SplitAfter(string(text), "\n")
	for _, k := range keys {
		word := misspelt(k.node.Value)
		mistaken := slices.Clone(lines)
		line := mistaken[k.node.Line-1]
		at := k.node.Column - 1
		mistaken[k.node.Line-1] = line[:at] + word + line[at+len(k.node.Value):]
		list := errorsOf(t, registry, []byte(strings.Join(mistaken, "")))
		if len(list) != 1 || list[0].Line != k.node.Line || list[0].Col != k.node.Column || !strings.Contains(list[0].Message+list[0].Help, word) {
			t.Errorf("%s: %s in place of %s, line %d: want one mistake at the key, got %d:", k.path, word, k.node.Value, k.node.Line, len(list))
			for _, d := range list {
				t.Errorf("    %s (%s)", d.Header(), d.Help)
			}
		}
	}
	if len(keys) < 100 {
		t.Errorf("only %d keys were misspelt", len(keys))
	}
}

type keyAt struct {
	path string
	node *yaml.Node
}

// namedFreely are the maps whose keys are names that a flow chooses, and those of
// which all are.
var namedFreely = []string{".inputs", ".secrets", ".connections", ".labels", ".set", ".parallel", ".payload", ".details", ".output", ".headers", ".query", ".body", ".members", ".accepts", ".values"}

func keysOf(n *yaml.Node, path string) []keyAt {
	var out []keyAt
	switch n.Kind {
	case yaml.MappingNode:
		free := slices.ContainsFunc(namedFreely, func(end string) bool { return strings.HasSuffix(path, end) })
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if !free {
				out = append(out, keyAt{path, key})
			}
			out = append(out, keysOf(n.Content[i+1], path+"."+key.Value)...)
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			out = append(out, keysOf(item, path+"[]")...)
		}
	}
	return out
}

// misspelt leaves out the second letter of a word, or changes two.
func misspelt(word string) string {
	if len(word) < 4 {
		return word[:len(word)-2] + word[len(word)-1:] + word[len(word)-2:len(word)-1]
	}
	return word[:1] + word[2:]
}

func errorsOf(t *testing.T, registry *connector.Registry, text []byte) diag.List {
	t.Helper()
	_, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: text}, "other.yaml": {Data: []byte("flow: other\noutput: 1\n")}}, "flow.yaml", registry)
	if err == nil {
		return nil
	}
	var wrong *flows.CheckError
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	return slices.DeleteFunc(wrong.Diagnostics, func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}
