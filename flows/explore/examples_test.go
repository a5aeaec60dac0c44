package explore_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/explore"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsmodel"
	"github.com/medlar-flow/medlar/operations/sources"
)

func TestMain(m *testing.M) {
	if server := os.Getenv(childVariable); server != "" {
		os.Exit(child(server))
	}
	testenv.Clean()
	os.Exit(m.Run())
}

const examples = "../examples"

// registry holds every operation that comes along.
func registry(t testing.TB, more ...*connector.Connector) *connector.Registry {
	t.Helper()
	reg, err := connector.NewRegistry(append(operations.All(), more...)...)
	if err == nil {
		reg, err = reg.WithSource(awsmodel.Source()).WithEventSources(sources.All()...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// exampleTests returns the test files of the examples.
func exampleTests(t testing.TB) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(examples), ".", func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".test.yaml") {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) < 8 {
		t.Fatalf("%d examples with tests: %v", len(names), err)
	}
	return names
}

func load(t testing.TB, fsys fs.FS, name string, reg *connector.Registry) *flowtest.Suite {
	t.Helper()
	s, err := flowtest.Load(fsys, name, reg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Nothing is found in the examples.
func TestExamplesHold(t *testing.T) {
	reg := registry(t)
	for _, name := range exampleTests(t) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			report := explore.Suite(t.Context(), load(t, os.DirFS(examples), name, reg), explore.Options{})
			ran := 0
			for _, r := range report.Tests {
				if r.Skipped == "it begins no run" && r.Test.Run(t.Context()).OK() {
					continue
				}
				ran += r.Ran
				if r.Ran != r.Planned || r.Skipped != "" || r.Planned == 0 {
					t.Errorf("%s: %d of %d schedules ran; %s", r.Test.Name(), r.Ran, r.Planned, r.Skipped)
				}
				t.Logf("%s: %d planned %d not covered", r.Test.Name(), r.Planned, r.NotCovered)
				for _, f := range r.Findings {
					t.Errorf("%s at %s: %s\n%s\n%s\n%s", f.Rule, f.Step, f.Text, strings.Join(f.Schedule, "\n"), strings.Join(f.Timeline, "\n"), f.Test)
				}
			}
			t.Logf("%d schedules in %s", ran, time.Since(start))
		})
	}
}
