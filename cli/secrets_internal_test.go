package cli

import (
	"bytes"
	"context"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/operations"
)

// Whatever is wrong with how secrets are given, nothing of them is printed.
func TestWrongSecretsAreNotShown(t *testing.T) {
	const secret = "hunter2-real-pw"
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	declared := write("a.yaml", "flow: a\nsecrets: {db: }\nsteps: [{set: {a: \"${secrets.db}\"}}]\n")
	input := write("b.yaml", "flow: b\ninputs: {s: {type: secret}, m: {type: map, elem: {type: secret}}}\nsteps: [{set: {a: 1}}]\n")
	const tested = "flow: c\nsecrets: {db: , pin: }\nsteps:\n  - {id: r, call: http.request, with: {url: \"http://127.0.0.1/${secrets.pin}\", headers: {A: \"${upper(secrets.db)}\"}}}\noutput: \"${secrets.db}\" # medlar:ignore secret-shown\n"
	write("c.yaml", tested)
	tests := write("c.test.yaml", "tests:\n  - name: t\n    secrets: {db: "+secret+", pin: pin77}\n    answers: [{call: http.request, result: {status: 200}}]\n"+
		"    expect: {output: other, calls: [{call: http.request, with: {url: nothing}}]}\n"+
		"  - name: u\n    secrets: {db: "+secret+", pin: pin77}\n")
	write("d.yaml", strings.Replace(tested, "flow: c", "flow: d", 1))
	wrongTests := write("d.test.yaml", "tests: [{name: v, secrets: {db: "+secret+", pin: pin77, none: x}}]\n")
	for name, args := range map[string][]string{
		"an anchor":              {"run", declared, "--secrets-file", write("1", "db: *"+secret)},
		"no YAML":                {"run", declared, "--secrets-file", write("2", "db: \""+secret)},
		"a tag":                  {"run", declared, "--secrets-file", write("3", "db: !!int "+secret)},
		"a list":                 {"run", declared, "--secrets-file", write("4", "- "+secret)},
		"a key twice":            {"run", declared, "--secrets-file", write("5", "{"+secret+": a, "+secret+": b}")},
		"a colon":                {"run", input, "-i", "s:" + secret},
		"no name":                {"run", input, "-i", secret},
		"a space":                {"run", input, "-i", "s " + secret},
		"not JSON":               {"run", input, "-i", "m={" + secret},
		"an anchor in the input": {"run", input, "--input", write("6", "s: *"+secret)},
		"tests":                  {"test", tests},
		"wrong tests":            {"test", wrongTests},
		"tests as JSON":          {"test", tests, "--json"},
		"tests as JUnit":         {"test", tests, "--junit", filepath.Join(folder, "junit.xml")},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c := Command{Stdout: &out, Stderr: &out, Connectors: operations.All(), Env: func(string) (string, bool) { return "", false }}
			if code := c.Run(context.Background(), args); code == 0 {
				t.Errorf("no failure")
			}
			report, _ := os.ReadFile(filepath.Join(folder, "junit.xml"))
			for _, part := range []string{"hunter2", "HUNTER2", "pin77"} {
				if seen := out.String() + string(report); strings.Contains(seen, part) {
					t.Errorf("%s is shown in:\n%s", part, seen)
				}
			}
		})
	}
}

func TestStandardLogQuotesNothing(t *testing.T) {
	var out bytes.Buffer
	logger := log.New(quietLog{&out}, "", 0)
	logger.Printf("Unsolicited response received on idle HTTP channel starting with %q; err=%v", "token-1", nil)
	logger.Print("plain words")
	const want = "Unsolicited response received on idle HTTP channel starting with …\nplain words\n"
	if out.String() != want {
		t.Errorf("got %q", out.String())
	}
}
