package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const cookbook = "../../docs/cookbook"

// recipe is a row of the cookbook's index; its last cell says where it runs.
var recipe = regexp.MustCompile("(?m)^\\| \\[([a-z-]+)\\]\\(([a-z-]+)\\.yaml\\) \\| .+ \\| (answers|`--local[^`]*`) \\|$")

func recipes(t *testing.T) [][]string {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(cookbook, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return recipe.FindAllStringSubmatch(string(index), -1)
}

// runner runs the command and returns its output and all that it said.
func runner(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var stdout, stderr strings.Builder
	c := command()
	c.Stdout, c.Stderr = &stdout, &stderr
	code := c.Run(t.Context(), args)
	return code, stdout.String(), stderr.String()
}

// TestCookbook: no recipe has a mistake or a warning, their tests pass, and
// reach every step.
func TestCookbook(t *testing.T) {
	if code, out, said := runner(t, "check", "--strict", cookbook); code != 0 {
		t.Errorf("exit code %d:\n%s%s", code, out, said)
	}
	if code, out, said := runner(t, "test", "--require-coverage", cookbook); code != 0 {
		t.Errorf("exit code %d:\n%s%s", code, out, said)
	}
}

// TestCookbookIndex: each recipe stands in the index once and has tests, and so
// has the flow that one of them calls.
func TestCookbookIndex(t *testing.T) {
	indexed := map[string]int{}
	for _, m := range recipes(t) {
		if m[1] != m[2] {
			t.Errorf("%s leads to %s.yaml", m[1], m[2])
		}
		indexed[m[1]]++
	}
	flows, err := filepath.Glob(cookbook + "/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range flows {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		if strings.HasSuffix(name, ".test") || name == "functions" {
			continue
		}
		if _, err := os.Stat(filepath.Join(cookbook, name+".test.yaml")); err != nil {
			t.Errorf("%s has no tests: %v", name, err)
		}
		if name != "sub-flows-greet" && indexed[name] != 1 {
			t.Errorf("the index has %s %d times", name, indexed[name])
		}
		delete(indexed, name)
	}
	for name := range indexed {
		t.Errorf("the index has %s, which is not there", name)
	}
	if n := len(recipes(t)); n < 30 {
		t.Errorf("there are %d recipes", n)
	}
}

// TestCookbookRuns: what the index says to run on the emulator does.
func TestCookbookRuns(t *testing.T) {
	ran := 0
	for _, m := range recipes(t) {
		if m[3] == "answers" {
			continue
		}
		ran++
		t.Run(m[1], func(t *testing.T) {
			flags, err := shellWords(strings.Trim(m[3], "`"))
			if err != nil {
				t.Fatal(err)
			}
			args := append([]string{"run", filepath.Join(cookbook, m[1]+".yaml")}, flags...)
			code, out, said := runner(t, args...)
			if code != 0 || out == "" {
				t.Errorf("exit code %d, output %q:\n%s", code, out, said)
			}
		})
	}
	if ran < 10 {
		t.Errorf("only %d recipes run on the emulator", ran)
	}
}
