package graph_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/graph"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsmodel"
	"github.com/medlar-flow/medlar/operations/sources"
)

var update = flag.Bool("update", false, "write the files that the drawings are compared with")

// Every example is drawn, and what is drawn is compared with a file.
func TestExamplesAreDrawn(t *testing.T) {
	reg, err := connector.NewRegistry(operations.All()...)
	if err == nil {
		reg, err = reg.WithEventSources(sources.All()...)
	}
	if err != nil {
		t.Fatal(err)
	}
	reg = reg.WithSource(awsmodel.Source())
	const root = "../../flows/examples"
	drawn := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isFlow(path) {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		t.Run(filepath.ToSlash(rel), func(t *testing.T) {
			flow, err := flows.Load(os.DirFS(filepath.Dir(path)), filepath.Base(path), reg)
			if err != nil {
				t.Fatal(err)
			}
			g := graph.Of(flow.Name(), flow.Outline())
			name := strings.TrimSuffix(strings.ReplaceAll(filepath.ToSlash(rel), "/", "-"), ".yaml")
			svg := g.SVG(graph.Options{Alone: true})
			wellFormed(t, svg)
			same(t, name+".svg", svg)
			same(t, name+".mermaid", g.Mermaid())
			for _, step := range flow.Outline() {
				if strings.Count(svg, "<title>"+step.Path+" ") != 1 {
					t.Errorf("step %s is not drawn once", step.Path)
				}
			}
		})
		drawn++
		return nil
	})
	if err != nil || drawn < 5 {
		t.Fatalf("%d examples, %v", drawn, err)
	}
}

func isFlow(path string) bool {
	name := filepath.Base(path)
	return strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".test.yaml") && !strings.HasSuffix(name, "functions.yaml")
}

func same(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update writes it:\n%s", path, diff)
	}
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, svg)
		}
	}
}

// What stands in a flow stays text in the drawing.
func TestTextsAreEscaped(t *testing.T) {
	bad := "</title><script>alert(1)</script>\" onload=\"x\x00\x1b]]>\n#quot;`\\|"
	g := graph.Of(bad, []report.StepInfo{
		{Path: "/0", Verb: "if", About: bad},
		{Path: "/0/then/0", Block: "/0/then", Verb: "call", Operation: bad, ID: bad},
	})
	svg := g.SVG(graph.Options{Alone: true})
	wellFormed(t, svg)
	for _, text := range []string{"<script", `" onload`, "\x00", "\x1b"} {
		if strings.Contains(svg, text) {
			t.Errorf("the image holds %q", text)
		}
	}
	chart := g.Mermaid()
	for _, text := range []string{"<script", "onload=\"", "`", "\x1b", "#quot;"} {
		if strings.Contains(chart, text) {
			t.Errorf("the chart holds %q:\n%s", text, chart)
		}
	}
}

// Steps stand in the block that holds them, also where ids hide that.
func TestBlocksAreNested(t *testing.T) {
	g := graph.Of("nested", []report.StepInfo{
		{Path: "/0", Verb: "if"},
		{Path: "/inner", Block: "/0/then", ID: "inner", Verb: "forEach"},
		{Path: "/inner/undo", Block: "/inner", ID: "undo", Verb: "call", Operation: "a.b"},
		{Path: "/inner/undo/undo/0", Block: "/inner/undo/undo", Verb: "call", Operation: "a.back"},
		{Path: "/after", Block: "/0/else", ID: "after", Verb: "call", Operation: "a.c"},
		{Path: "/last", ID: "last", Verb: "call", Operation: "a.d"},
	})
	same(t, "nested.mermaid", g.Mermaid())
	same(t, "nested.svg", g.SVG(graph.Options{Alone: true, State: func(path string) string {
		return map[string]string{"/0": "done", "/inner": "running", "/inner/undo": "failed", "/last": "waiting", "/after": "undone"}[path]
	}}))
}

// A block of very many steps is folded, and what failed in it is still there.
func TestLongBlocksAreFolded(t *testing.T) {
	steps := make([]report.StepInfo, 10_000)
	for i := range steps {
		steps[i] = report.StepInfo{Path: fmt.Sprintf("/%d", i), Verb: "call", Operation: "log.info"}
	}
	svg := graph.Of("long", steps).SVG(graph.Options{State: func(path string) string {
		switch i, _ := strconv.Atoi(path[1:]); {
		case i == 7000:
			return "failed"
		case i < 8000:
			return "done"
		}
		return ""
	}})
	wellFormed(t, svg)
	for _, text := range []string{"<title>/7000 ", "… 9979 more, 7979 of them done"} {
		if !strings.Contains(svg, text) {
			t.Errorf("the image does not hold %q", text)
		}
	}
	if !strings.Contains(svg, `width="244"`) { // "… 9979 more, 7979 of them done" fits
		t.Errorf("%.200s", svg)
	}
	if len(svg) > 64<<10 {
		t.Errorf("the image has %d bytes", len(svg))
	}
}

// Blocks in blocks are bounded together.
func TestManyBlocksAreBounded(t *testing.T) {
	var steps []report.StepInfo
	for i := range 150 {
		at := fmt.Sprintf("/%d", i)
		steps = append(steps, report.StepInfo{Path: at, Verb: "parallel"})
		for j := range 150 {
			steps = append(steps, report.StepInfo{Path: fmt.Sprintf("%s/b/%d", at, j), Block: at + "/b", Verb: "call", Operation: "log.info"})
		}
	}
	svg := graph.Of("wide", steps).SVG(graph.Options{})
	wellFormed(t, svg)
	if n := strings.Count(svg, "<g "); n > 4200 {
		t.Errorf("%d steps are drawn", n)
	}
}

func TestStepOf(t *testing.T) {
	for path, want := range map[string]string{
		"/smoke[17]/answer#2": "/smoke/answer", "/4/then/1": "/4/then/1", "/a[0]/b[3]": "/a/b", "/x/catch[0]/1#3": "/x/catch[0]/1",
		"/smoke[0..255]": "/smoke", "/s/cases[1]/0": "/s/cases[1]/0",
	} {
		if got := graph.StepOf(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
