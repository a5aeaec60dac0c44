// Package imports holds the rules on which package may import which.
package imports

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/medlar-flow/medlar"

// layers lists our packages from the top; a package imports only those that
// stand further down, or beside it below the same entry.
var layers = []string{
	"internal/release", "cmd/runner-temporal", "cmd/runner", "cli/temporal", "cli", "serve", "internal/graph", "flows/explore", "flows/flowtest", "flows/temporal", "internal/event", "internal/tick", "telemetry", "flows", "operations", "serve/auth", "serve/people", "connector", "internal/yamlfile", "internal/schedule", "internal/limit", "schema",
	"internal/bind", "internal/xmlvalue", "internal/value", "internal/readfile", "internal/reach", "internal/filelock", "internal/late", "internal/regex", "internal/resident", "internal/stack", "internal/uuid", "diag", "internal/veil", "docs",
}

// exceptions are imports upwards that the layout asks for.
var exceptions = map[string][]string{
	"internal/bind": {"schema"}, // types of expressions are fields
}

type pkg struct {
	ImportPath string
	GoFiles    []string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T, pattern string) map[string]pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps=false", "-json=ImportPath,GoFiles,Imports,Deps", pattern)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string]pkg{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}

func layerOf(importPath string) int {
	rel := strings.TrimPrefix(importPath, module+"/")
	best := -1
	for i, layer := range layers {
		if (rel == layer || strings.HasPrefix(rel, layer+"/")) && (best < 0 || len(layer) > len(layers[best])) {
			best = i
		}
	}
	return best
}

func TestImportsGoDown(t *testing.T) {
	for _, p := range packages(t, "./...") {
		from := layerOf(p.ImportPath)
		for _, imported := range p.Imports {
			to := layerOf(imported)
			if !strings.HasPrefix(imported, module+"/") || from < 0 || to < 0 {
				continue
			}
			if to < from && !slices.Contains(exceptions[layers[from]], layers[to]) {
				t.Errorf("%s imports %s, which stands above it", p.ImportPath, imported)
			}
			if strings.HasPrefix(layers[from], "flows") && layers[to] == "operations" {
				t.Errorf("%s imports %s: the caller passes a registry", p.ImportPath, imported)
			}
		}
	}
}

// Each library of the base has its place.
func TestLibrariesStayInTheirPlace(t *testing.T) {
	allowed := map[string][]string{
		"gopkg.in/yaml.v3":                {"internal/yamlfile", "internal/bench"}, // the bench measures loading against it
		"github.com/expr-lang/expr":       {"internal/bind"},
		"github.com/beevik/etree":         {"internal/xmlvalue"},
		"github.com/aws/aws-sdk-go-v2":    {"operations", "internal/bench"},
		"github.com/aws/smithy-go":        {"operations"},
		"github.com/rs/zerolog":           {"flows", "cli", "internal/bench"},
		"github.com/spf13/cobra":          {"cli", "internal/release"}, // man pages
		"modernc.org/sqlite":              {"flows/journal"},
		"go.temporal.io":                  {"flows/temporal", "cli/temporal", "cmd/runner-temporal", "internal/bench/temporal", "internal/bench/byhand"},
		"google.golang.org/grpc":          {"flows/temporal", "cli/temporal", "cmd/runner-temporal"},
		"github.com/go-jose/go-jose":      {"serve/auth", "internal/issuer"},
		"github.com/coreos/go-oidc":       {"serve/people"},
		"golang.org/x/oauth2":             {"serve/people"},
		"golang.org/x/crypto":             {"serve/people"},
		"github.com/modelcontextprotocol": {"serve/agents"},
		"github.com/sony/gobreaker/v2":    {"internal/limit"},
		"golang.org/x/time":               {"internal/limit"},
		"go.opentelemetry.io":             nil, // tests read by its types what telemetry writes
		"github.com/rogpeppe/go-internal": nil,
	}
	for _, p := range packages(t, "./...") {
		rel := strings.TrimPrefix(p.ImportPath, module+"/")
		for _, imported := range p.Imports {
			for library, places := range allowed {
				if imported != library && !strings.HasPrefix(imported, library+"/") {
					continue
				}
				inPlace := slices.ContainsFunc(places, func(place string) bool {
					return rel == place || strings.HasPrefix(rel, place+"/")
				})
				if !inPlace {
					t.Errorf("%s imports %s, which belongs to %v", p.ImportPath, imported, places)
				}
			}
		}
	}
}

// emulator lists the rooms of operations/awsemu from the top, each with those
// below it that it may use. The services do not know one another: what they
// have in common is service, and what is declared is fixture.
var emulator = map[string][]string{
	"":          {"access", "bundle", "entropy", "fixture", "lambdasvc", "pattern", "plainjson", "scratch", "service", "sqssvc", "stssvc", "tasks"},
	"lambdasvc": {"access", "bootstrap", "bundle", "durable", "entropy", "fixture", "pattern", "plainjson", "process", "reply", "service", "tasks"},
	"durable":   {"entropy", "pattern", "service", "tasks"},
	"stssvc":    {"access", "pattern", "service"},
	"sqssvc":    {"access", "entropy", "pattern", "service"},
	"fixture":   {"bundle", "pattern", "reply"},
	"service":   {"access"},
	"access":    {"entropy", "pattern"},
	"reply":     {"plainjson"},
	"bootstrap": nil, "bundle": nil, "entropy": nil, "pattern": nil, "plainjson": nil, "process": nil, "scratch": nil, "tasks": nil, "testfunction": nil,
}

func TestRoomsOfTheEmulator(t *testing.T) {
	const root = module + "/operations/awsemu"
	for _, p := range packages(t, "./operations/awsemu/...") {
		room := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, root), "/internal/")
		if room == "/awsemutest" {
			continue
		}
		may, known := emulator[room]
		if !known {
			t.Errorf("%s is no room of the emulator that this test knows", p.ImportPath)
		}
		for _, imported := range p.Imports {
			other, ours := strings.CutPrefix(imported, root+"/internal/")
			if ours && !slices.Contains(may, other) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

// roomRules say what the rooms of flows do not import.
var roomRules = map[string][]string{
	"flows/report":           {"flows", "flows/internal"},
	"flows/internal/fields":  {"flows", "flows/report", "flows/internal"},
	"flows/internal/habits":  {"flows", "flows/report", "flows/internal"},
	"flows/internal/runtime": {"flows", "flows/internal"},
	"flows/internal/interp":  {"flows", "flows/internal/check", "flows/internal/editor"},
	"flows/internal/check":   {"flows", "flows/internal/editor", "flows/journal", "flows/temporal", "flows/flowtest"},
	"flows/internal/editor":  {"flows", "flows/report", "flows/internal/check", "flows/internal/interp", "flows/internal/runtime"},
	"flows/internal/faults":  {"flows", "flows/internal/check", "flows/internal/interp", "flows/internal/editor", "flows/journal", "flows/temporal", "flows/flowtest"},
	"flows/explore":          {"flows/internal/check", "flows/internal/interp", "flows/journal", "flows/temporal"},
	"cli":                    {"flows/internal"},
	"serve/console":          {"flows/internal"},
	"serve/agents":           {"flows/internal"},
	"telemetry":              {"flows", "flows/internal", "flows/journal"},
	"serve/notify":           {"flows/internal", "serve"},
	"serve/temporal":         {"flows/internal"},
}

func TestRoomsOfFlows(t *testing.T) {
	all := packages(t, "./...")
	for room, refused := range roomRules {
		p, ok := all[module+"/"+room]
		if !ok {
			t.Errorf("there is no package %s", room)
		}
		for _, imported := range p.Imports {
			rel := strings.TrimPrefix(imported, module+"/")
			for _, no := range refused {
				below := strings.HasSuffix(no, "internal") && strings.HasPrefix(rel, no+"/")
				if rel == no || below && rel != "flows/internal/fields" {
					t.Errorf("%s imports %s", room, rel)
				}
			}
		}
	}
}

// The command stays small enough to be built in a minute.
func TestRunnerLinksNeitherTemporalNorGRPC(t *testing.T) {
	for _, p := range packages(t, "./cmd/runner") {
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, "go.temporal.io/") || strings.HasPrefix(dep, "google.golang.org/grpc") {
				t.Errorf("%s links %s", p.ImportPath, dep)
			}
		}
	}
}

// diag is for everything else to use, so it uses nothing but what hides secrets
// in excerpts, which uses nothing.
func TestDiagUsesTheStandardLibraryOnly(t *testing.T) {
	for pattern, allowed := range map[string]string{"./diag": module + "/internal/veil", "./internal/veil": ""} {
		for _, p := range packages(t, pattern) {
			for _, imported := range p.Imports {
				if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") && imported != allowed {
					t.Errorf("%s imports %s", path.Base(p.ImportPath), imported)
				}
			}
		}
	}
}
