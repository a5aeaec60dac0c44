package flowtest_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/tools/txtar"

	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	goleak.VerifyTestMain(m)
}

var update = flag.Bool("update", false, "write what is printed into the files of testdata")

// TestFiles loads and runs the test file t.test.yaml of each archive of
// testdata; want is exactly what is printed.
func TestFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			fsys := fstest.MapFS{}
			want, at := "", len(archive.Files)
			for i, f := range archive.Files {
				if f.Name == "want" {
					want, at = string(f.Data), i
					continue
				}
				fsys[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			got := printed(t, fsys)
			if *update {
				archive.Files = append(archive.Files[:at], txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("printed (-want +got):\n%s", diff)
			}
		})
	}
}

// printed returns everything that a test file leads to.
func printed(t *testing.T, fsys fstest.MapFS) string {
	t.Helper()
	var out bytes.Buffer
	suite, err := flowtest.Load(fsys, "t.test.yaml", registry(t))
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
	clock := func() time.Time { return time.Time{} }
	report := suite.Run(t.Context(), flowtest.WithClock(clock))
	if err := report.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Coverage.Missing() {
		fmt.Fprintln(&out, d.Header())
	}
	fmt.Fprintln(&out, flowtest.Summary(report))
	return out.String()
}
