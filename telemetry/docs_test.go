package telemetry_test

import (
	"os"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/telemetry"
	"github.com/medlar-flow/medlar/telemetry/internal/watch"
)

// docs/telemetry.md lists every variable and every attribute, in the words of the code.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/telemetry.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, v := range telemetry.Variables() {
		want["| `"+v.Name+"` | "+v.Doc+" |"] = true
	}
	for _, a := range watch.Attributes() {
		want["| `"+a.Name+"` | "+a.Of+" | "+a.Doc+" |"] = true
	}
	for _, line := range strings.Split(string(page), "\n") {
		switch {
		case want[line]:
			delete(want, line)
		case strings.HasPrefix(line, "| `OTEL_"), strings.HasPrefix(line, "| `medlar."):
			t.Errorf("the page has a row that the code has not: %s", line)
		}
	}
	for line := range want {
		t.Errorf("the page lacks the row: %s", line)
	}
}
