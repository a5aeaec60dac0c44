package explore_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows/explore"
)

var (
	yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")
	textBlock = regexp.MustCompile("(?s)```text\n(    always.*?)```")
)

// TestStory: what docs/explore.md tells is what happens.
func TestStory(t *testing.T) {
	page, err := os.ReadFile("../../docs/explore.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := yamlBlock.FindAllSubmatch(page, -1)
	told := textBlock.FindSubmatch(page)
	if len(blocks) != 4 || told == nil {
		t.Fatalf("the page has %d blocks", len(blocks))
	}
	flow, tests, mended, pasted := blocks[0][1], blocks[1][1], blocks[2][1], blocks[3][1]
	reg := registry(t)
	run := func(flow, tests []byte) *explore.Report {
		fsys := fstest.MapFS{"order.yaml": {Data: flow}, "order.test.yaml": {Data: tests}}
		return explore.Suite(t.Context(), load(t, fsys, "order.test.yaml", reg), explore.Options{})
	}
	var found string
	for _, f := range run(flow, tests).Tests[0].Findings {
		found += "    " + f.String()
	}
	if !strings.Contains(found, string(told[1])) {
		t.Errorf("the page tells what is not found:\n%s", found)
	}
	for _, f := range run(mended, tests).Tests[0].Findings {
		t.Errorf("the mended flow: %s", f)
	}
	fsys := fstest.MapFS{"order.yaml": {Data: flow}, "order.test.yaml": {Data: pasted}}
	if report := load(t, fsys, "order.test.yaml", reg).Run(t.Context()); !report.OK() {
		t.Errorf("the pasted test: %s", report.Outcomes[1])
	}
}
