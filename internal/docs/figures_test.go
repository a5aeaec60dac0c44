package docs

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	// figure is a number with a unit of time or size, or a share.
	figure = regexp.MustCompile(`(?:^|[^\w.$/-])((\d[\d,]*(?:\.\d+)?) ?(ns|µs|ms|s|milliseconds?|seconds?|minutes?|hours?|bytes|KB|kB|MB|GB|KiB|MiB|GiB|%|×))(?:[^\w-]|$)`)
	// worded is one whose number is a word.
	worded = regexp.MustCompile(`(?i)\b((a|two|three|four|five|six|eight|ten|twelve|twenty|thirty) (milliseconds?|seconds|minutes|hours|times as))\b`)
	// share is one in words that compares with something else.
	share = regexp.MustCompile(`(?i)\b((?:a|one|two|less than|more than) (?:half|thirds?|quarters?|tenths?)|times (?:more|less|faster|slower))\b`)
	// counted is a large number of something.
	counted = regexp.MustCompile(`(?:^|[^\w.,$/-])(\d{1,3}(?:,\d{3})+(?: [a-z]+)?)`)
	// prose leaves out blocks of code and code within a line, which are examples.
	prose = regexp.MustCompile("(?s)(?:^|\n)```.*?\n```|`[^`\n]+`")
	// printed is what a command prints, whole.
	printed = regexp.MustCompile(`(?s)<!-- what --markdown prints -->.*`)
)

// fromCode are pages that the tests make from the code, or compare with files of
// others; theirs are no claims of ours.
var fromCode = regexp.MustCompile(`^docs/(?:codes|commands|connections|durable-conformance|errors|functions|mistakes|triggers)\.md$|^CHANGELOG\.md$|^llms\.txt$|^docs/decisions/`)

// TestFiguresHaveASource: each figure of a page, but for those in code, stands in
// figureSources with what it comes from: a constant of the code, with which it is
// compared, a test that holds it, the benchmark that prints it, or what another
// one promises.
func TestFiguresHaveASource(t *testing.T) {
	used, n := map[string]bool{}, 0
	for _, file := range pages(t) {
		rel, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		rel = filepath.ToSlash(rel)
		if fromCode.MatchString(rel) {
			continue
		}
		text := prose.ReplaceAllString(printed.ReplaceAllString(read(t, rel), ""), "\n`")
		for line := range strings.Lines(text) {
			for _, found := range figuresOf(line) {
				key := rel + ": " + found
				if n++; figureSources[key] == "" {
					t.Errorf("%s: no test or benchmark is known to print %q: add it to figureSources in internal/docs/figures_sources_test.go, or take it out:\n%s", rel, found, line)
				}
				used[key] = true
			}
		}
	}
	for key, list := range figureSources {
		if !used[key] {
			t.Errorf("figureSources has %q, which stands in no page", key)
			continue
		}
		_, figure, _ := strings.Cut(key, ": ")
		for _, source := range strings.Split(list, "; ") {
			if err := checkSource(t, figure, source); err != nil {
				t.Errorf("%s: %v", key, err)
			}
		}
	}
	if n < 80 {
		t.Errorf("there are %d figures", n)
	}
}

// figuresOf returns the figures of a line.
func figuresOf(line string) []string {
	var all []string
	for rest := line; ; {
		m := figure.FindStringSubmatchIndex(rest)
		if m == nil {
			break
		}
		all = append(all, rest[m[2]:m[3]])
		rest = rest[m[3]:]
	}
	for _, m := range counted.FindAllStringSubmatch(line, -1) {
		if !figure.MatchString(m[1]) {
			all = append(all, m[1])
		}
	}
	for _, pattern := range []*regexp.Regexp{worded, share} {
		for _, m := range pattern.FindAllStringSubmatch(line, -1) {
			all = append(all, m[1])
		}
	}
	return all
}

// checkSource returns what is wrong with a source: "FILE: TEXT|EXPRESSION" is one
// where the text and the expression stand, which has the figure's value, with
// "N × " in front where it is so many times that;
// "package.TestName" a test; "bench: NAME" a row that internal/bench prints; and
// "of NAME" what somebody else promises.
func checkSource(t *testing.T, figure, source string) error {
	t.Helper()
	switch {
	case strings.HasPrefix(source, "of "):
		return nil
	case strings.HasPrefix(source, "bench: "):
		if name := strings.TrimPrefix(source, "bench: "); !strings.Contains(printed.FindString(read(t, "docs/speed.md")), name) {
			return fmt.Errorf("docs/speed.md has no row %q", name)
		}
		return nil
	case strings.Contains(source, "|"):
		return checkConstant(t, figure, source)
	default:
		if !testName.MatchString("`" + source + "`") {
			return fmt.Errorf("%q is no source", source)
		}
		checkTests(t, "`"+source+"`")
		return nil
	}
}

func checkConstant(t *testing.T, figure, source string) error {
	t.Helper()
	times := 1.0
	if n, rest, ok := strings.Cut(source, " × "); ok {
		var err error
		if times, err = strconv.ParseFloat(n, 64); err != nil {
			return err
		}
		source = rest
	}
	file, text, _ := strings.Cut(source, ": ")
	before, expression, _ := strings.Cut(text, "|")
	if !strings.Contains(strings.Join(strings.Fields(read(t, file)), " "), before+expression) {
		return fmt.Errorf("%s does not hold %s%s", file, before, expression)
	}
	want, err := valueOf(figure)
	if err != nil {
		return err
	}
	is, err := types.Eval(token.NewFileSet(), nil, token.NoPos, units.Replace(expression))
	if err != nil {
		return err
	}
	if got, _ := constant.Float64Val(is.Value); got*times != want {
		return fmt.Errorf("in %s it is %s%s", file, before, expression)
	}
	return nil
}

// units has the units of time in nanoseconds.
var units = strings.NewReplacer("time.Millisecond", "1_000_000", "time.Second", "1_000_000_000", "time.Minute", "60_000_000_000", "time.Hour", "3600_000_000_000")

// numbers are those that worded knows.
var numbers = map[string]string{
	"a": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "eight": "8", "ten": "10", "twelve": "12", "twenty": "20", "thirty": "30",
}

// valueOf returns a figure in nanoseconds or bytes.
func valueOf(text string) (float64, error) {
	if number, _, _ := strings.Cut(text, " "); counted.MatchString(text) && !figure.MatchString(text) {
		return strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
	}
	m := figure.FindStringSubmatch(text)
	if words := worded.FindStringSubmatch(text); words != nil {
		m = append(words[:2:2], numbers[strings.ToLower(words[2])], words[3])
	}
	if m == nil {
		return 0, fmt.Errorf("%q is no number with a unit", text)
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(m[2], ",", ""), 64)
	if err != nil {
		return 0, err
	}
	by := map[string]float64{
		"ns": 1, "µs": 1e3, "ms": 1e6, "millisecond": 1e6, "s": 1e9, "second": 1e9, "minute": 60e9, "hour": 3600e9,
		"bytes": 1, "times as": 1, "KB": 1e3, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
	}
	unit := m[3]
	if unit != "bytes" && unit != "times as" && len(unit) > 2 && strings.HasSuffix(unit, "s") {
		unit = strings.TrimSuffix(unit, "s")
	}
	if by[unit] == 0 {
		return 0, fmt.Errorf("%q has no unit that a constant can have", text)
	}
	return n * by[unit], nil
}
