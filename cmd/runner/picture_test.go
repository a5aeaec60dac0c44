package main

import (
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	pictureFile = "../../docs/images/tree.svg"
	pictured    = "flows/examples/canary-release.yaml --local -i version=3"
)

var (
	frames = regexp.MustCompile(`\x1b\[\d+A`)
	sgr    = regexp.MustCompile(`\x1b\[(\d*)m`)
	others = regexp.MustCompile(`\x1b\[[?0-9;]*[A-HJKlh]|\r`)
	took   = regexp.MustCompile(`\b(\d+m)?\d+(\.\d+)?(ms|µs|s)\b`)
)

// colours are those of the terminal's codes.
var colours = map[string]string{"": "#d0d7de", "0": "#d0d7de", "2": "#8b949e", "31": "#ff7b72", "32": "#56d364", "33": "#e3b341", "36": "#76e3ea"}

// TestPicture: the picture of the README is what a terminal shows at the end of
// the run that stands above it, but for the times that steps took. UPDATE=1
// writes it.
func TestPicture(t *testing.T) {
	t.Chdir("../..")
	var shown strings.Builder
	c := command()
	c.Stderr = &shown
	c.Now = time.Now
	c.Terminal = func() (int, int, bool) { return 100, 40, true }
	if code := c.Run(t.Context(), append([]string{"run"}, strings.Fields(pictured)...)); code != 1 {
		t.Fatalf("exit code %d:\n%s", code, shown.String())
	}
	all := frames.Split(shown.String(), -1)
	lines := strings.Split(strings.TrimRight(others.ReplaceAllString(all[len(all)-1], ""), "\n"), "\n")
	if len(lines) < 5 {
		t.Fatalf("it shows %q", shown.String())
	}
	picture := drawn(append([]string{"\x1b[2m$ runner run " + pictured + "\x1b[0m"}, lines...))
	t.Chdir("cmd/runner")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(pictureFile, []byte(picture), 0o644); err != nil { //nolint:gosec // a picture for everybody
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(pictureFile)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := took.ReplaceAllString(picture, "0s"), took.ReplaceAllString(string(have), "0s"); got != want {
		t.Errorf("UPDATE=1 go test ./cmd/runner -run TestPicture draws it anew: the run shows\n%s\nthe picture\n%s", got, want)
	}
}

// drawn returns lines with the codes of a terminal as an image.
func drawn(lines []string) string {
	const width, line, edge = 860, 20, 16
	var b strings.Builder
	height := len(lines)*line + 2*edge
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="The tree of a run that failed and was undone">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="#0d1117"/>`+"\n", width, height)
	b.WriteString(`<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">` + "\n")
	for i, text := range lines {
		fmt.Fprintf(&b, `<text x="%d" y="%d" xml:space="preserve">`, edge, edge+14+i*line)
		colour, at := colours[""], 0
		for _, m := range append(sgr.FindAllStringSubmatchIndex(text, -1), []int{len(text), len(text), 0, 0}) {
			if part := text[at:m[0]]; part != "" {
				fmt.Fprintf(&b, `<tspan fill="%s">%s</tspan>`, colour, html.EscapeString(part))
			}
			if at = m[1]; m[1] > m[0] {
				colour = colours[text[m[2]:m[3]]]
			}
		}
		b.WriteString("</text>\n")
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}
