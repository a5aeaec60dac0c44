package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/cli"
	"github.com/medlar-flow/medlar/operations"
)

var (
	firstFlow    = regexp.MustCompile("(?s)## A first flow\n\n```yaml\n(.*?)```")
	firstCommand = regexp.MustCompile("(?s)\n\\$ runner (run greet.yaml [^\n]*)\n(.*?)```")
)

// TestReadmeRuns: the README's first flow, saved as it says, runs with the command
// that stands below it and gives what stands there.
func TestReadmeRuns(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	flow, command := firstFlow.FindSubmatch(readme), firstCommand.FindSubmatch(readme)
	if flow == nil || command == nil {
		t.Fatal("the README has no first flow, or no command that runs it")
	}
	functions, err := os.ReadFile("../../flows/examples/functions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.CopyFS(folder, fstest.MapFS{
		"greet.yaml": {Data: flow[1]}, "flows/examples/functions.yaml": {Data: functions},
	}); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	var stdout, stderr strings.Builder
	c := cli.Command{Connectors: operations.All(), Stdout: &stdout, Stderr: &stderr}
	if code := c.Run(t.Context(), strings.Fields(string(command[1]))); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, stderr.String())
	}
	if stdout.String() != string(command[2]) {
		t.Errorf("got %q, the README has %q", stdout.String(), command[2])
	}
}
