package flows_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/flows"
)

// flowMaker writes random flows whose expressions are well typed.
type flowMaker struct {
	t     *rapid.T
	b     strings.Builder
	names int
	known map[string][]string // expressions by type
}

func (m *flowMaker) name(prefix string) string {
	m.names++
	return fmt.Sprintf("%s%d", prefix, m.names)
}

func (m *flowMaker) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(m.t, label) }

// expression returns one of a type: integer, string, boolean or list (of integers).
func (m *flowMaker) expression(kind string, depth int) string {
	if known := m.known[kind]; len(known) > 0 && (depth <= 0 || m.pick("known", 3) == 0) {
		return known[m.pick("which", len(known))]
	}
	if depth <= 0 {
		return map[string]string{"integer": "7", "string": "'x'", "boolean": "true", "list": "[1, 2]"}[kind]
	}
	e := func(kind string) string { return m.expression(kind, depth-1) }
	switch kind {
	case "integer":
		return []string{
			"(" + e("integer") + " % 5 + " + e("integer") + " % 7)", "len(" + e("list") + ")", "len(" + e("string") + ")",
			"(" + e("boolean") + " ? " + e("integer") + " : " + e("integer") + ")", "(first(" + e("list") + ") ?? 0)",
		}[m.pick("integer", 5)]
	case "string":
		return []string{
			"(" + e("string") + " + 'y')[0:3]", "upper(" + e("string") + ")", "string(" + e("integer") + ")",
			"(" + e("boolean") + " ? " + e("string") + " : " + e("string") + ")", "json(" + e("list") + ")",
		}[m.pick("string", 5)]
	case "boolean":
		return []string{
			"(" + e("integer") + " > " + e("integer") + ")", "(" + e("string") + " == " + e("string") + ")",
			"(" + e("boolean") + " and not " + e("boolean") + ")", "any(" + e("list") + ", # > 1)", "(" + e("string") + " contains 'x')",
		}[m.pick("boolean", 5)]
	default:
		return []string{
			"[" + e("integer") + ", " + e("integer") + "]", "map(" + e("list") + ", # % 9)", "filter(" + e("list") + ", # > 2)",
			"(" + e("boolean") + " ? " + e("list") + " : " + e("list") + ")", "take(" + e("list") + ", 2)",
		}[m.pick("list", 5)]
	}
}

var kinds = []string{"integer", "string", "boolean", "list"}

func (m *flowMaker) bound(kind string) string {
	return quote("${" + m.expression(kind, 1+m.pick("depth", 3)) + "}")
}

func (m *flowMaker) line(indent int, format string, args ...any) {
	m.b.WriteString(strings.Repeat("  ", indent) + fmt.Sprintf(format, args...) + "\n")
}

// inner writes a block whose names are not known behind it.
func (m *flowMaker) inner(indent, depth int) {
	saved := map[string][]string{}
	for kind, known := range m.known {
		saved[kind] = known[:len(known):len(known)]
	}
	m.block(indent, depth)
	m.known = saved
}

func (m *flowMaker) block(indent, depth int) {
	for range 1 + m.pick("steps", 3) {
		m.step(indent, depth)
	}
}

func (m *flowMaker) step(indent, depth int) {
	kind := kinds[m.pick("kind", len(kinds))]
	choice := m.pick("verb", 8)
	if depth <= 0 {
		choice %= 2
	}
	switch choice {
	case 0:
		name := m.name("v")
		m.line(indent, "- set: {%s: %s}", name, m.bound(kind))
		m.known[kind] = append(m.known[kind], "ctx."+name)
	case 1:
		m.line(indent, "- {id: %s, call: test.echo, with: {value: %s, name: %s}}", m.name("s"), m.bound(kind), m.bound("string"))
	case 2:
		m.line(indent, "- if: %s", m.bound("boolean"))
		m.line(indent, "  then:")
		m.inner(indent+2, depth-1)
		m.line(indent, "  else:")
		m.inner(indent+2, depth-1)
	case 3:
		m.loop(indent, depth)
	case 4:
		m.line(indent, "- switch: %s", m.bound("integer"))
		m.line(indent, "  cases:")
		m.line(indent, "    - is: [1, 2]")
		m.line(indent, "      do:")
		m.inner(indent+4, depth-1)
	case 5:
		m.line(indent, "- parallel:")
		for range 2 {
			m.line(indent, "    %s:", m.name("b"))
			m.inner(indent+4, depth-1)
		}
	case 6:
		m.line(indent, "- try:")
		m.inner(indent+2, depth-1)
		m.line(indent, "  finally:")
		m.inner(indent+2, depth-1)
	default:
		m.line(indent, "- %s: %s", "wait", quote("${string("+m.expression("integer", 1)+" % 2) + 'us'}"))
	}
}

func (m *flowMaker) loop(indent, depth int) {
	item, id := m.name("i"), m.name("l")
	m.line(indent, "- id: %s", id)
	m.line(indent, "  forEach: %s", m.bound("list"))
	m.line(indent, "  as: %s", item)
	m.line(indent, "  concurrency: %d", 1+m.pick("concurrency", 3))
	saved := m.known["integer"]
	m.known["integer"] = append(saved[:len(saved):len(saved)], item)
	m.line(indent, "  do:")
	m.inner(indent+2, depth-1)
	m.line(indent, "  collect: %s", m.bound("integer"))
	m.known["integer"] = saved
	m.known["list"] = append(m.known["list"], "steps."+id)
}

// randomFlow writes a flow that the check accepts.
func randomFlow(rt *rapid.T) *flowMaker {
	m := &flowMaker{t: rt, known: map[string][]string{
		"integer": {"ctx.n", "steps.whole.Payload.n"}, "string": {"ctx.s", "steps.whole.Payload.s"},
		"boolean": {"ctx.b", "steps.whole.Payload.b"}, "list": {"ctx.l", "steps.list.Payload", "ctx.m.list"},
	}}
	m.line(0, "flow: random\ninputs:\n  n: {type: integer, default: 5}\n  s: {type: string, default: text}\n"+
		"  b: {type: boolean, default: true}\n  l: {type: list, items: {type: integer}, default: [3, 1]}\nsteps:")
	m.line(1, "- {id: whole, call: test.answer, with: {text: '{\"n\": 2, \"s\": \"xy\", \"b\": true}'}}")
	m.line(1, "- {id: list, call: test.answer, with: {text: '[ 4, 5 ]'}}")
	m.line(1, "- set: {m: {list: \"${steps.list.Payload}\"}}")
	m.block(1, 3)
	m.line(0, "output: %s", m.bound(kinds[m.pick("output", len(kinds))]))
	return m
}

// What the check accepts does not fail for a reason of types.
func TestWellTypedFlowsRun(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := randomFlow(rt)
		flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(m.b.String())}}, "f.yaml", (&recorder{}).registry(t))
		if err != nil {
			rt.Fatalf("the check refuses it: %v\n%s", err, m.b.String())
		}
		if _, err := flow.Run(t.Context(), nil); err != nil {
			rt.Fatalf("it fails: %v\n%s", err, m.b.String())
		}
	})
}

// A payload that is decoded when somebody reads it gives what one gives that
// is decoded at once.
func TestPayloadsInRandomFlows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := randomFlow(rt).b.String()
		var outputs [2]any
		for i := range outputs {
			r := &recorder{eager: i == 1}
			flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", r.registry(t))
			if err != nil {
				rt.Fatal(err)
			}
			result, err := flow.Run(t.Context(), nil)
			if err != nil {
				rt.Fatalf("%v\n%s", err, text)
			}
			outputs[i] = result.Output
		}
		if diff := cmp.Diff(outputs[1], outputs[0]); diff != "" {
			rt.Fatalf("output (-decoded at once +when it is read):\n%s\n%s", diff, text)
		}
	})
}

// However a right flow is damaged, the check answers, and points into the file.
func TestDamagedFlows(t *testing.T) {
	paths, err := filepath.Glob("examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	reg := (&recorder{}).registry(t)
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(rt, "text")
		for range rapid.IntRange(1, 3).Draw(rt, "damages") {
			text = damage(rt, text)
		}
		_, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", reg)
		var found *flows.CheckError
		if err != nil && !errors.As(err, &found) {
			rt.Fatalf("not a CheckError: %v", err)
		}
		if found == nil {
			return
		}
		lines := strings.Split(text, "\n")
		for _, d := range found.Diagnostics {
			if d.File != "f.yaml" || d.Line > len(lines) || d.Line > 0 && d.Col > len([]rune(lines[d.Line-1]))+1 {
				rt.Errorf("outside the file: %+v", d)
			}
		}
	})
}

func damage(rt *rapid.T, text string) string {
	if text == "" {
		return text
	}
	at := rapid.IntRange(0, len(text)-1).Draw(rt, "at")
	switch rapid.IntRange(0, 4).Draw(rt, "how") {
	case 0:
		return text[:at] + text[at+1:]
	case 1:
		return text[:at] + rapid.SampledFrom([]string{" ", "\n", "x", "${", "}", "\"", "'", ":", "- ", "[", "{", "ä", "&a ", "*a", "!!x "}).Draw(rt, "what") + text[at:]
	case 2:
		end := min(len(text), at+rapid.IntRange(1, 40).Draw(rt, "length"))
		return text[:at] + text[end:]
	case 3:
		end := min(len(text), at+rapid.IntRange(1, 60).Draw(rt, "length"))
		return text[:end] + text[at:end] + text[end:]
	default:
		lines := strings.Split(text, "\n")
		i, j := rapid.IntRange(0, len(lines)-1).Draw(rt, "i"), rapid.IntRange(0, len(lines)-1).Draw(rt, "j")
		lines[i], lines[j] = lines[j], lines[i]
		return strings.Join(lines, "\n")
	}
}
