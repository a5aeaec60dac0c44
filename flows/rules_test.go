package flows_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsmodel"
	"github.com/medlar-flow/medlar/operations/sources"
)

// withoutExample says of rules why no file of testdata/rules can show them.
var withoutExample = map[string]string{
	"expression-too-long": "it takes an expression of 64 KiB",
	"file-too-large":      "it takes a file of 16 MiB",
	"not-yaml":            "it takes bytes that are no text",
	"unreadable-file":     "it takes a file without rights, or a folder",
	"no-connection":       "only connectors of a program of one's own have none",
	"shadowed-service":    "only a program of one's own has such a connector",
	"unknown-store":       "only a program of one's own lacks the operation",
}

// besides are rules that cannot be broken without another one.
var besides = map[string]string{"tool-secret": "secret-shown"}

// TestRuleExamples: each rule of docs/rules.md has a file in testdata/rules. It
// says why the rule is there, has a flow, or a file of tests, that breaks it
// alone, what is printed then, and the same mended, of which nothing is said.
// docs/mistakes.md is made from these files.
func TestRuleExamples(t *testing.T) {
	page, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]bool{}
	for _, m := range documentedRule.FindAllSubmatch(page, -1) {
		rules[string(m[1])] = true
	}
	registry := ruleRegistry(t)
	paths, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		rule := strings.TrimSuffix(filepath.Base(path), ".txtar")
		if !rules[rule] {
			t.Errorf("%s is about a rule that docs/rules.md does not have", path)
		}
		delete(rules, rule)
		t.Run(rule, func(t *testing.T) { ruleExample(t, registry, path, rule) })
	}
	for rule := range rules {
		if withoutExample[rule] == "" {
			t.Errorf("no file in flows/testdata/rules shows the rule %s: write testdata/rules/%s.txtar as the others are, without want, and run go test ./flows -run TestRuleExamples -update", rule, rule)
		}
	}
}

func ruleRegistry(t *testing.T) *connector.Registry {
	t.Helper()
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	if registry, err = registry.WithSource(awsmodel.Source()).WithEventSources(sources.All()...); err != nil {
		t.Fatal(err)
	}
	return registry
}

func ruleExample(t *testing.T, registry *connector.Registry, path, rule string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(bytes.TrimSpace(archive.Comment)) < 20 {
		t.Error("it does not say why the rule is there")
	}
	got := saidOf(t, registry, archive, false)
	found := shownRule.FindAllStringSubmatch(got, -1)
	if !strings.Contains(got, "["+rule+"]\n") {
		t.Errorf("the rule is not shown:\n%s", got)
	}
	for _, m := range found {
		if m[1] != rule && m[1] != besides[rule] {
			t.Errorf("it shows %s, too:\n%s", m[1], got)
		}
	}
	if *update {
		setFile(archive, "want", []byte(got))
		if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(string(file(archive, "want")), got); diff != "" {
		t.Errorf("what is printed (-want +got):\n%s", diff)
	}
	if got := saidOf(t, registry, archive, true); shownRule.MatchString(got) || strings.Contains(got, "FAIL") {
		t.Errorf("mended it is still wrong:\n%s", got)
	}
}

// saidOf returns what is printed of the flow or the tests of an archive, as they
// are or mended.
func saidOf(t *testing.T, registry *connector.Registry, archive *txtar.Archive, mended bool) string {
	t.Helper()
	fsys, name := fstest.MapFS{}, "flow.yaml"
	for _, f := range archive.Files {
		at := f.Name
		if what, ending, _ := strings.Cut(at, "."); what == "mended" {
			if !mended {
				continue
			}
			at = "flow." + ending
		} else if what == "flow" && mended && file(archive, "mended."+ending) != nil {
			continue
		}
		fsys[at] = &fstest.MapFile{Data: f.Data}
		if at == "flow.json" {
			name = at
		}
	}
	if fsys["flow.test.yaml"] != nil {
		return saidOfTests(t, registry, fsys)
	}
	var out bytes.Buffer
	flow, err := flows.Load(fsys, name, registry)
	var found *flows.CheckError
	if err == nil {
		found = flow.Warnings()
	} else if !errors.As(err, &found) {
		t.Fatalf("not a CheckError: %v", err)
	}
	if found != nil {
		if err := found.Print(&out); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func saidOfTests(t *testing.T, registry *connector.Registry, fsys fstest.MapFS) string {
	t.Helper()
	var out bytes.Buffer
	suite, err := flowtest.Load(fsys, "flow.test.yaml", registry)
	if err != nil {
		var wrong *flowtest.FileError
		if !errors.As(err, &wrong) {
			t.Fatalf("not a FileError: %v", err)
		}
		if err := wrong.Print(&out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	report := suite.Run(t.Context(), flowtest.WithClock(func() time.Time { return time.Time{} }))
	if err := report.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Coverage.Missing() {
		fmt.Fprintln(&out, d.Header())
	}
	return out.String()
}
