package api_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/api"
	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

const (
	root = "../.."
	// records holds a file a package.
	records = "testdata/record"
)

// fileOf is the record of a package.
func fileOf(folder string) string {
	return filepath.Join(records, strings.ReplaceAll(folder, "/", ".")+".txt")
}

// What the public packages export is what the record says. It is no promise:
// UPDATE=1 go test ./internal/api writes it anew, and the change is reviewed.
func TestRecord(t *testing.T) {
	folders, err := api.Packages(root)
	if err != nil || len(folders) < 10 {
		t.Fatalf("%d packages: %v", len(folders), err)
	}
	want := map[string]bool{}
	for _, folder := range folders {
		file := fileOf(folder)
		want[filepath.Base(file)] = true
		names, err := api.Of(filepath.Join(root, folder))
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, name := range names {
			got.WriteString(name.Text + "\n")
		}
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		recorded, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("no record of %s: run UPDATE=1 go test ./internal/api", folder)
			continue
		}
		if diff := cmp.Diff(strings.Split(string(recorded), "\n"), strings.Split(got.String(), "\n")); diff != "" {
			t.Errorf("%s exports other names than %s says (-record +code); if that is meant, run UPDATE=1 go test ./internal/api:\n%s", folder, file, diff)
		}
	}
	files, err := os.ReadDir(records)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if want[f.Name()] {
			continue
		}
		if os.Getenv("UPDATE") == "" {
			t.Errorf("%s is the record of no package: run UPDATE=1 go test ./internal/api", f.Name())
		} else if err := os.Remove(filepath.Join(records, f.Name())); err != nil {
			t.Error(err)
		}
	}
}

// leastDocumented is the least share of exported names with comments, fields
// and methods included, in per cent.
const leastDocumented = 95

func TestDocumented(t *testing.T) {
	folders, err := api.Packages(root)
	if err != nil {
		t.Fatal(err)
	}
	all, documented := 0, 0
	var bare []string
	for _, folder := range folders {
		names, err := api.Of(filepath.Join(root, folder))
		if err != nil {
			t.Fatal(err)
		}
		have := 0
		for _, name := range names {
			if name.Documented {
				have++
			} else {
				bare = append(bare, folder+": "+name.Text)
			}
		}
		if len(names) > 0 {
			t.Logf("%-28s %4d of %4d names, %5.1f %%", folder, have, len(names), 100*float64(have)/float64(len(names)))
		}
		all, documented = all+len(names), documented+have
	}
	share := 100 * float64(documented) / float64(all)
	t.Logf("in all: %d of %d names, %.1f %%; without a comment:\n%s", documented, all, share, strings.Join(bare, "\n"))
	if share < leastDocumented {
		t.Errorf("%.1f %% of the exported names have comments, at least %d %% are wanted", share, leastDocumented)
	}
}

// The list has every kind of name, in one form each.
func TestOf(t *testing.T) {
	names, err := api.Of("testdata/kinds")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range names {
		mark := "- "
		if name.Documented {
			mark = "+ "
		}
		got = append(got, mark+name.Text)
	}
	want := []string{
		"+ const A Kind = 1", "+ const B", "- const Bare = 2",
		"+ func Do(ctx context.Context, names ...string) (int, error)", "- func Quiet()",
		"+ method (*Thing) Close() error", "- method (Thing) Size() int",
		"+ type Able interface", "+ type Able interface, Can(what string) bool", "- type Able interface, Must()", "+ type Able interface, embedded io.Closer",
		"+ type Kind int", "+ type List[T any, K comparable] []T", "+ type Same = Thing",
		"+ type Thing struct", "+ type Thing struct, Name string", "- type Thing struct, Other string", "+ type Thing struct, Side map[string]any", "+ type Thing struct, embedded *Kind",
		"+ var V Thing",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
