package flows_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations/awsmodel"
	"github.com/medlar-flow/medlar/operations/sources"
	"github.com/medlar-flow/medlar/schema"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what the diagnostics are into the files of testdata/errors")

// TestErrors checks each flow of testdata/errors: flow.yaml is the flow, other
// files are those that it calls, want
// is exactly what the check prints. Where there is a file source, the registry
// has a source of connectors, too; where there is a file stores, it has those
// of secrets.
func TestErrors(t *testing.T) {
	paths, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := diagnostics(t, archive)
			if *update {
				setFile(archive, "want", got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(file(archive, "want")), string(got)); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

func diagnostics(t *testing.T, archive *txtar.Archive) []byte {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	registry := (&recorder{}).registry(t)
	if file(archive, "stores") != nil {
		registry = storing(t, &recorder{})
	}
	if file(archive, "source") != nil {
		registry = registry.WithSource(offering{})
	}
	if file(archive, "events") != nil {
		var err error
		if registry, err = registry.WithSource(awsmodel.Source()).WithEventSources(append(sources.All(), mailbox())...); err != nil {
			t.Fatal(err)
		}
	}
	flow, err := flows.Load(fsys, "flow.yaml", registry)
	var found *flows.CheckError
	switch {
	case err == nil:
		found = flow.Warnings()
	case !errors.As(err, &found):
		t.Fatalf("not a CheckError: %v", err)
	}
	alone := flows.Check(fsys, "flow.yaml", registry)
	if (found == nil) != (alone == nil) || found != nil && !slices.Equal(found.Diagnostics, alone.Diagnostics) {
		t.Errorf("Load finds %v, Check alone %v", found, alone)
	}
	if found == nil {
		return []byte("no mistakes\n")
	}
	var out bytes.Buffer
	if err := found.Print(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func file(archive *txtar.Archive, name string) []byte {
	for _, f := range archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func setFile(archive *txtar.Archive, name string, data []byte) {
	for i, f := range archive.Files {
		if f.Name == name {
			archive.Files[i].Data = data
			return
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: data})
}

// mailbox is a source of events with a connection.
func mailbox() *connector.EventSource {
	return &connector.EventSource{
		Name: "mail", Event: "letter", Inputs: "body", Main: "box", Connector: "lambda",
		Params: schema.MustNew(&schema.Field{Name: "box", Type: schema.String, Required: true}, &schema.Field{Name: "unread", Type: schema.Boolean}),
		Value:  schema.MustNew(&schema.Field{Name: "id", Type: schema.String}, &schema.Field{Name: "body", Nullable: true}),
		Check: func(given connector.Given) []connector.Mistake {
			if given.Params["box"] != "none" {
				return nil
			}
			return []connector.Mistake{{Param: "box", Rule: "not-in-enum", Message: "there is no such box", Help: "write in"}}
		},
		Open: func(context.Context, connector.SourceRequest) (connector.Events, error) {
			return nil, errors.ErrUnsupported
		},
	}
}
