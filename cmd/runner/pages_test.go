package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/yamlfile"
)

// elsewhere says of lines at a prompt that this test does not run, by how they
// begin, why not. The longest that fits counts.
var elsewhere = map[string]string{
	"CONTRIBUTING.md: go test":                     "tests run themselves",
	"CONTRIBUTING.md: UPDATE=1 go test":            "tests run themselves",
	"README.md: go test":                           "tests run themselves",
	"README.md: runner run greet.yaml":             "TestReadmeRuns runs it",
	"README.md: runner graph greet.yaml":           "the file is the flow above it",
	"docs/aws.md: python3":                         "another program, which is not installed",
	"docs/aws.md: export":                          "for the lines below it",
	"docs/aws.md: runner run flows/examples/aws/":  "needs the other program; operations/awsmodel.TestMoto runs it",
	"docs/aws.md: go run ./operations/awsmodel/":   "needs a copy of botocore",
	"docs/console.md: runner console":              "a server; the tests of the console start it",
	"docs/cookbook/README.md: runner check":        "TestCookbook does it",
	"docs/cookbook/README.md: runner test":         "TestCookbook does it",
	"docs/durable-runs.md: runner resume":          "needs a run; testdata/killed.txtar resumes one that was killed",
	"docs/durable-runs.md: runner runs ":           "needs a run; testdata/journal.txtar, testdata/journal-search.txtar look at some and clear them",
	"docs/durable-runs.md: runner runs restart":    "needs a run; testdata/restart.txtar restarts one, testdata/restart-all.txtar many",
	"docs/durable-runs.md: runner runs signal":     "needs a run; testdata/signals.txtar gives one a signal",
	"docs/durable-runs.md: export":                 "another program, for the environment",
	"docs/install.md: sha256sum":                   "a release is needed; internal/release.TestDistSums reads the file",
	"docs/install.md: sudo apt install":            "a release and rights are needed; internal/release.TestDistDeb unpacks it",
	"docs/install.md: skopeo":                      "another program; the tests beside internal/release/pack push to a registry",
	"docs/install.md: podman":                      "another program; the tests beside internal/release/pack start the command",
	"docs/install.md: go install":                  "would change the machine",
	"docs/local-aws.md: runner local":              "a server; cmd/runner/testdata/local.txtar starts it",
	"docs/local-aws.md: aws ":                      "TestAWSCLI calls the emulator",
	"docs/releasing.md: go run ./internal/release": ".ci/run does it",
	"docs/running.md: runner run release.yaml":     "stands for a file of the reader's",
	"docs/running.md: generate":                    "stands for a program of the reader's",
	"docs/running.md: runner local":                "a server; cmd/runner/testdata/local.txtar starts it",
	"docs/running.md: aws lambda invoke":           "TestAWSCLI calls the emulator",
	"docs/serve.md: runner serve":                  "a server; TestServeExample starts one",
	"docs/serve.md: npx":                           "another program",
	"docs/speed.md: go run ./internal/bench":       "takes minutes",
	"docs/telemetry.md: export":                    "for the lines below it",
	"docs/telemetry.md: runner run release.yaml":   "stands for a file of the reader's",
	"docs/telemetry.md: OTEL_SERVICE_NAME":         "a server; the tests of telemetry send to a collector",
	"docs/temporal.md: temporal":                   "another program",
	"docs/temporal.md: export":                     "another program, for the environment",
	"docs/temporal.md: runner-temporal":            "needs a server of Temporal; the tests of cmd/runner-temporal have one",
	"docs/tutorial.md: ":                           "TestTutorial does all of it",
}

var (
	// namedScript is a script that a reason names.
	namedScript = regexp.MustCompile(`testdata/[a-z-]+\.txtar`)
	// unmarked is a line for a shell that stands in no block of a console.
	unmarked   = regexp.MustCompile("(?m)^(?: {4}|\t)(?:runner|go|aws|curl|temporal|export) .*|^```(?:sh|bash|shell)?\n(?:runner|go|aws|curl|temporal|export) .*")
	shellBlock = regexp.MustCompile("(?s)```console\n(.*?)```")
	anyBlock   = regexp.MustCompile("(?s)```[a-z]*\n.*?\n```")
	quotes     = regexp.MustCompile(`'[^']*'|"[^"]*"`)
	yamlBlocks = regexp.MustCompile("(?s)```yaml\n(.*?)```")
)

// pagesOf returns the pages below the root of the checkout.
func pagesOf(t *testing.T) []string {
	t.Helper()
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/coming-from/*.md", "docs/cookbook/*.md", "docs/releases/*.md"} {
		found, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range found {
			rel, err := filepath.Rel("../..", page)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, filepath.ToSlash(rel))
		}
	}
	if len(pages) < 25 {
		t.Fatalf("there are %d pages", len(pages))
	}
	return pages
}

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestShellLines: what pages tell the reader to type at a prompt ends well, from
// the root of the checkout, or stands in the table with a reason.
func TestShellLines(t *testing.T) {
	used, did := map[string]bool{}, 0
	for _, name := range pagesOf(t) {
		text := anyBlock.ReplaceAllStringFunc(page(t, name), func(block string) string {
			return block[:strings.Index(block, "\n")+1] + strings.SplitN(block, "\n", 3)[1] + "\n```" // what is indented in it is no block
		})
		if line := unmarked.FindString(text); line != "" && !strings.HasPrefix(name, "docs/coming-from/") {
			t.Errorf("%s has a line for a shell outside of a block ```console:\n%s", name, line)
		}
		for _, block := range shellBlock.FindAllStringSubmatch(page(t, name), -1) {
			for line := range strings.Lines(block[1]) {
				line, isCommand := strings.CutPrefix(strings.TrimSpace(line), "$ ")
				if !isCommand {
					continue
				}
				globbed(t, name, line)
				if key := longest(name + ": " + line); key != "" {
					used[key] = true
					continue
				}
				did++
				typed(t, name, line)
			}
		}
	}
	for key := range elsewhere {
		if !used[key] {
			t.Errorf("the table has %q, which stands in no page", key)
		}
		for _, script := range namedScript.FindAllString(elsewhere[key], -1) {
			if _, err := os.Stat(script); err != nil {
				t.Errorf("%s: %v", key, err)
			}
		}
	}
	if did < 6 {
		t.Errorf("only %d lines are run", did)
	}
}

// globbed fails where a shell would read a word of a line as a pattern of files.
func globbed(t *testing.T, name, line string) {
	t.Helper()
	text, _, _ := strings.Cut(line, " #")
	if bare := quotes.ReplaceAllString(text, ""); strings.ContainsAny(bare, "[]{}*?") {
		t.Errorf("%s: a shell looks for files by %q: quote it", name, text)
	}
}

// longest returns the longest entry of the table that a line begins with.
func longest(line string) string {
	found := ""
	for key := range elsewhere {
		if strings.HasPrefix(line, key) && len(key) > len(found) {
			found = key
		}
	}
	return found
}

// typed does what a line says: one of our command, with its output into a file
// left out.
func typed(t *testing.T, name, line string) {
	t.Helper()
	text, _, _ := strings.Cut(line, " #")
	text, _, _ = strings.Cut(text, " > ")
	words, err := shellWords(strings.Replace(text, "go run ./cmd/runner", "runner", 1))
	if err != nil {
		t.Errorf("%s: %s: %v", name, line, err)
		return
	}
	if words[0] != "runner" {
		t.Errorf("%s: the test cannot run %q: add it to the table with a reason", name, line)
		return
	}
	t.Chdir("../..")
	defer t.Chdir("cmd/runner")
	if code, out, said := runner(t, words[1:]...); code != 0 || out == "" && said == "" {
		t.Errorf("%s: %s ends with %d:\n%s%s", name, line, code, out, said)
	}
}

// broken are pages whose blocks are wrong on purpose, or call operations of other
// programs; flows.TestRuleExamples and TestCodeExamples hold what is said of them.
var broken = []string{"docs/mistakes.md", "docs/codes.md"}

// runBy has the tests that run the flows of pages, by how the pages' names begin.
var runBy = map[string]string{
	"README.md": "flows.TestDocumentedFlows", "docs/language.md": "flows.TestDocumentedFlows", "docs/coming-from/": "flows.TestDocumentedFlows",
	"docs/tutorial.md": "TestTutorial", "docs/explore.md": "flows/explore.TestStory",
}

// answered has tests for the flow of a page, with which it is run here.
var answered = map[string]string{
	"docs/aws.md": `
tests:
  - name: what the table has goes to the queue
    answers:
      - {step: item, result: {Item: {id: o-17}}}
      - {call: sqs.sendMessage, with: {messageBody: {id: o-17}}, result: {MessageId: m-1}}
`,
	"docs/serve.md": `
tests:
  - {name: seven for each, inputs: {quantity: 3}, expect: {output: {price: 21}}}
`,
}

// TestYAMLBlocks: every block of YAML of every page is read, every flow among them
// has no mistake, and is run: by the test that runBy names, or here, with answers.
func TestYAMLBlocks(t *testing.T) {
	flows, parts := 0, 0
	folder := t.TempDir()
	for _, name := range pagesOf(t) {
		if slices.Contains(broken, name) {
			continue
		}
		for _, block := range yamlBlocks.FindAllStringSubmatch(page(t, name), -1) {
			parts++
			if _, _, found := yamlfile.NewFile(name, []byte(block[1])).NumberKeys().Parse(); found.HasErrors() {
				t.Errorf("%s: %v in\n%s", name, found, block[1])
			}
			if !strings.HasPrefix(block[1], "flow:") {
				continue
			}
			flows++
			file := filepath.Join(folder, "flow.yaml")
			if err := os.WriteFile(file, []byte(block[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, out, said := runner(t, "check", file); code != 0 && name != "docs/tutorial.md" {
				t.Errorf("%s: exit code %d\n%s%s", name, code, out, said)
			}
			runFlow(t, name, file)
		}
	}
	if flows < 30 || parts < 50 {
		t.Errorf("there are %d blocks, %d of them flows", parts, flows)
	}
}

// runFlow runs the flow of a page, unless another test does.
func runFlow(t *testing.T, page, file string) {
	t.Helper()
	for begins := range runBy {
		if strings.HasPrefix(page, begins) {
			return
		}
	}
	if answered[page] == "" {
		t.Errorf("%s has a flow that no test runs: add tests for it to answered", page)
		return
	}
	if err := os.WriteFile(strings.TrimSuffix(file, ".yaml")+".test.yaml", []byte(answered[page]), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, said := runner(t, "test", strings.TrimSuffix(file, ".yaml")+".test.yaml"); code != 0 {
		t.Errorf("%s: exit code %d\n%s%s", page, code, out, said)
	}
}
