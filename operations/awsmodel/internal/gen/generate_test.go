package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/botocore"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

const dir = "../.."

// data finds botocore's data of the version that the services were made from:
// in a checkout, or where Python has it.
func data(t *testing.T, version string) fs.FS {
	t.Helper()
	if source, ok := botocore.Checkout(); ok {
		init, err := fs.ReadFile(source, "botocore/__init__.py")
		if err == nil && !bytes.Contains(init, []byte("__version__ = '"+version+"'")) {
			t.Skipf("the checkout of botocore is not %s", version)
		}
		sub, err := fs.Sub(source, "botocore/data")
		if err != nil {
			t.Fatal(err)
		}
		return sub
	}
	out, err := exec.Command("python3", "-c", "import botocore; print(botocore.__version__); print(botocore.__file__)").Output()
	if err != nil {
		t.Skip("python3 has no botocore")
	}
	lines := strings.Fields(string(out))
	if len(lines) != 2 || lines[0] != version {
		t.Skipf("python3 has botocore %s, the services are made from %s", lines[0], version)
	}
	return os.DirFS(filepath.Join(filepath.Dir(lines[1]), "data"))
}

// TestGenerated makes the files anew where botocore's data are there, and
// compares.
func TestGenerated(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 60 MB of JSON")
	}
	text, err := os.ReadFile(filepath.Join(dir, "services.bin"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := model.Open(string(text))
	if err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadFile(filepath.Join(dir, "names.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := Generate(data(t, file.Version), file.Version, names)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Names, names) {
		t.Error("names.tsv is not what the generator makes")
	}
	if bytes.Equal(out.File, text) {
		return
	}
	lines, err := Diff(text, out.File)
	if err != nil {
		t.Fatal(err)
	}
	t.Errorf("services.bin is not what the generator makes: %d differences, %q", len(lines), lines)
}

// TestNamesStay shows that a newer table takes no name that is in use.
func TestNamesStay(t *testing.T) {
	tests := []struct {
		name, table, folder, id string
		want                    string // folder, name, aliases
		err                     string
	}{
		{"new", "", "cognito-idp", "Cognito Identity Provider", "cognito-idp\tcognitoIdp\tcognitoidp cognitoidentityprovider cognito", ""},
		{"row stays", "sqs\tqueues\t\n", "sqs", "SQS", "sqs\tqueues\t", ""},
		{"alias in use", "a\tcognito\tcognitoidp\n", "cognito-idp", "Cognito Identity Provider", "cognito-idp\tcognitoIdp\tcognitoidentityprovider", ""},
		{"name in use", "a\tb\tsqs\n", "sqs", "SQS", "", "the service sqs has no name of its own: sqs is that of a; add a row by hand"},
		{"reserved", "", "http", "HTTP", "", "the service http has no name of its own: http is that of the runner; add a row by hand"},
		{"twice", "a\tx\t\nb\ty\tx\n", "", "", "", "table of names: x is the name of a and of b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table, err := parseTable([]byte(tt.table))
			if err == nil {
				_, err = table.row(tt.folder, tt.id)
			}
			switch {
			case tt.err != "":
				if err == nil || err.Error() != tt.err {
					t.Errorf("error %v, want %s", err, tt.err)
				}
			case err != nil:
				t.Error(err)
			case !strings.Contains(string(table.text()), tt.want+"\n"):
				t.Errorf("no row %q in\n%s", tt.want, table.text())
			}
		})
	}
}

// TestDiff shows what is said of a newer version.
func TestDiff(t *testing.T) {
	const api = `{"metadata": {"protocol": "json", "serviceId": "A", "endpointPrefix": "a"}, "operations": {OPERATIONS},
		"shapes": {"In": {"type": "structure", "required": [REQUIRED], "members": {MEMBERS}}, "S": {"type": "string"}}}`
	generate := func(folder, operations, required, members string) []byte {
		text := strings.NewReplacer("OPERATIONS", operations, "REQUIRED", required, "MEMBERS", members).Replace(api)
		out, err := Generate(fstest.MapFS{
			folder + "/2020-01-01/service-2.json":           {Data: []byte(text)},
			folder + "/2020-01-01/endpoint-rule-set-1.json": {Data: []byte(`{"parameters": {}, "rules": []}`)},
			"partitions.json":                               {Data: []byte(`{"partitions": [{"id": "aws", "regionRegex": "x", "outputs": {}, "regions": {}}]}`)},
		}, "1", nil)
		if err != nil {
			t.Fatal(err)
		}
		return out.File
	}
	const get = `"Get": {"http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "In"}}`
	const put = `"Put": {"http": {"method": "POST", "requestUri": "/"}}`
	old := generate("a", get+","+put, "", `"x": {"shape": "S"}, "y": {"shape": "S"}`)
	tests := []struct {
		name string
		now  []byte
		want []string
	}{
		{"same", old, nil},
		{"service gone", generate("b", get, "", ""), []string{"- a", "+ b (1 operations)"}},
		{"operation gone", generate("a", get, "", `"x": {"shape": "S"}, "y": {"shape": "S"}`), []string{"- a.Put"}},
		{"member gone, another required", generate("a", get+","+put, `"x"`, `"x": {"shape": "S"}`), []string{"- a.Get y", "! a.Get x is required"}},
	}
	for _, tt := range tests {
		got, err := Diff(old, tt.now)
		if err != nil || strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}
