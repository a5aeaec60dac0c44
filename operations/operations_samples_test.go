package operations_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/operations/lambda"
	"github.com/medlar-flow/medlar/schema"
)

// sample is a request of the published connector's reference and what it says
// that Lambda answers. Masked values, the bucket and the marker are replaced,
// nothing else.
type sample struct {
	Operation string
	Request   map[string]any
	Response  any // nil for an answer without a body
}

func samples(t *testing.T) []sample {
	t.Helper()
	text, err := os.ReadFile("testdata/samples.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []sample
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 15 {
		t.Fatalf("%d samples", len(list))
	}
	return list
}

// split returns the parameters of the connection and those of the operation,
// which the published connector takes together.
func (s sample) split(c *connector.Connector) (connection, params map[string]any) {
	connection, params = map[string]any{}, map[string]any{}
	for name, v := range s.Request {
		if c.Connection.Field(name) != nil {
			connection[name] = v
			continue
		}
		params[name] = v
	}
	return connection, params
}

// unmodelled are fields of the samples that Lambda no longer sends and the SDK
// does not have.
var unmodelled = map[string]bool{
	".AccountLimit.UnreservedConcurrentExecutionsMinimum": true,
	".DeprecatedFeaturesAccess":                           true,
	".HasFunctionWithDeprecatedRuntime":                   true,
	".PreviewFeatures":                                    true,
	".Layers[].UncompressedCodeSize":                      true,
	".Configuration.Layers[].UncompressedCodeSize":        true,
	".VpcConfig.VpcSetupStatus":                           true,
	".VpcConfig.VpcSetupStatusReason":                     true,
	".Configuration.VpcConfig.VpcSetupStatus":             true,
	".Configuration.VpcConfig.VpcSetupStatusReason":       true,
}

// checkShape reports members that an answer lacks, and values of another kind.
func checkShape(t *testing.T, want, got any, path string) {
	t.Helper()
	if unmodelled[path] || want == nil || got == nil {
		return
	}
	switch x := want.(type) {
	case map[string]any:
		m, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s is a %T", path, got)
			return
		}
		for name, inner := range x {
			v, has := m[name]
			if !has && !unmodelled[path+"."+name] {
				t.Errorf("%s.%s is missing", path, name)
			}
			checkShape(t, inner, v, path+"."+name)
		}
	case []any:
		list, ok := got.([]any)
		if !ok {
			t.Errorf("%s is a %T", path, got)
			return
		}
		for i := range min(len(x), len(list)) {
			checkShape(t, x[i], list[i], path+"[]")
		}
	default:
		if kind(want) != kind(got) {
			t.Errorf("%s is a %T, want a %T", path, got, want)
		}
	}
}

func kind(v any) string {
	switch v.(type) {
	case int64, float64:
		return "number"
	default:
		return fmt.Sprintf("%T", v)
	}
}

// The samples as JSON, with the published connector's names, against a server
// that answers as the samples say.
func TestSamplesOnAStandIn(t *testing.T) {
	c := lambda.Connector()
	for _, s := range samples(t) {
		t.Run(s.Operation, func(t *testing.T) {
			server := awstest.Serve(t, func(awstest.Request) awstest.Answer {
				if s.Response == nil {
					return awstest.Answer{Status: 204}
				}
				body, _ := json.Marshal(s.Response)
				return awstest.Answer{Body: string(body)}
			})
			connection, params := s.split(c)
			connection["endpoint"] = server.URL
			got, err := awstest.Call(t, c, awstest.Open(t, c, connection), s.Operation, params)
			if err != nil {
				t.Fatal(err)
			}
			checkAnswer(t, s, got)
		})
	}
}

func checkAnswer(t *testing.T, s sample, got any) {
	t.Helper()
	result, ok := got.(map[string]any)
	switch {
	case !ok:
		t.Fatalf("result is a %T", got)
	case s.Operation == "invoke": // the sample is what the function answered
		checkShape(t, s.Response, value.Plain(result["Payload"]), "")
		if result["Payload"] == nil {
			t.Error("there is no payload")
		}
	case s.Operation == "deleteFunction":
		if len(result) != 1 || result["StatusCode"] != int64(204) {
			t.Errorf("result is %v", result)
		}
	case s.Operation == "listFunctions": // the reference has no answer
		if _, ok := result["Functions"]; !ok {
			t.Errorf("result is %v", result)
		}
	case s.Response == nil:
		if diff := cmp.Diff(any(map[string]any{}), got); diff != "" {
			t.Errorf("result (-want +got):\n%s", diff)
		}
	default:
		checkShape(t, s.Response, got, "")
	}
}

const sampleFunctions = `
functions:
  test: {runtime: nodejs22.x, handler: index.handler, reply: {}, aliases: {}}
  testFunction: {reply: {}}
  Fn:
    reply: {}
    policy:
      Permisssion_Added1443p: {principal: s3.amazonaws.com}
  func: {reply: {}}
  LambdawithLayer: {reply: {body: "Hello from Lambda Layers!", statusCode: 200}}
buckets: {builds: ./builds}
layers:
  CustomFunction:
    versions: {"1": {}}
`

// before are the calls that bring the emulator to where a sample begins.
var before = map[string]sample{
	"updateAlias": {Operation: "createAlias", Request: map[string]any{"functionName": "test", "name": "alias2", "functionVersion": "$LATEST"}},
	"removeLayerVersionPermission": {Operation: "addLayerVersionPermission", Request: map[string]any{
		"layerName": "CustomFunction", "versionNumber": 1, "statementId": "Layer_Version_Permisssion_Added", "principal": "*",
	}},
	"listFunctions": {Operation: "listFunctions", Request: map[string]any{"maxItems": 1, "functionVersion": "ALL"}},
}

// order is that of the samples but for those that need what another one makes.
var order = []string{
	"getAccountSettings", "createAlias", "getAlias", "updateAlias", "deleteAlias", "addPermission", "removePermission", "getFunction",
	"createFunction", "getFunctionConfiguration", "invoke", "listFunctions", "addLayerVersionPermission", "removeLayerVersionPermission", "deleteFunction",
}

// The same against the emulator, one after the other, under the names of the
// published connector, the canonical ones and those of AWS.
func TestSamplesOnTheEmulator(t *testing.T) {
	for _, spelling := range []string{"published", "canonical", "AWS"} {
		t.Run(spelling, func(t *testing.T) {
			e := startEmulator(t, sampleFunctions)
			byName := map[string]sample{}
			for _, s := range samples(t) {
				if s.Operation == "createFunction" { // AWS has retired the one of the sample
					s.Request["runtime"] = "python3.14"
					s.Response.(map[string]any)["Runtime"] = "python3.14"
				}
				byName[s.Operation] = s
			}
			for _, name := range order {
				t.Run(name, func(t *testing.T) { runSample(t, e, byName[name], spelling) })
			}
		})
	}
}

func runSample(t *testing.T, e *awsemu.Emulator, s sample, spelling string) {
	t.Helper()
	c := lambda.Connector()
	connection, params := s.split(c)
	connection["endpoint"] = e.URL()
	conn := awstest.Open(t, c, connection)
	if first, ok := before[s.Operation]; ok {
		v, err := awstest.Call(t, c, conn, first.Operation, first.Request)
		if err != nil {
			t.Fatal(err)
		}
		if params["marker"] != nil {
			params["marker"] = v.(map[string]any)["NextMarker"]
		}
	}
	got, err := awstest.Call(t, c, conn, s.Operation, respell(awstest.Find(t, c, s.Operation).Params(), params, spelling))
	if err != nil {
		t.Fatal(err)
	}
	checkAnswer(t, s, got)
}

// respell returns the parameters under other names, and at their own places.
func respell(s *schema.Schema, params map[string]any, spelling string) map[string]any {
	out := map[string]any{}
	for name, v := range params {
		f := s.Field(name)
		if spelling == "published" || f.Drop {
			out[name] = v
			continue
		}
		place(out, s, append(f.Into, f.Name)[:max(1, len(f.Into))], v, spelling)
	}
	return out
}

// place puts a value at a path of canonical names.
func place(out map[string]any, s *schema.Schema, path []string, v any, spelling string) {
	f := s.Field(path[0])
	name := f.Name
	if spelling == "AWS" {
		name = f.Aliases[0]
	}
	if len(path) == 1 {
		out[name] = v
		return
	}
	inner, _ := out[name].(map[string]any)
	if inner == nil {
		inner = map[string]any{}
		out[name] = inner
	}
	place(inner, f.Members, path[1:], v, spelling)
}

// zipped returns an archive with the code of a function.
func zipped(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	file, err := archive.Create("mdhandler.py")
	if err == nil {
		_, err = file.Write([]byte("def handler(event, context): return event\n"))
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func startEmulator(t *testing.T, functions string) *awsemu.Emulator {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, fstest.MapFS{"builds/fnc.zip": {Data: zipped(t)}}); err != nil {
		t.Fatal(err)
	}
	fixture, err := awsemu.ReadFixture(filepath.Join(folder, "functions.yaml"), []byte(functions))
	if err != nil {
		t.Fatal(err)
	}
	e, err := awsemu.New(awsemu.Options{Fixture: fixture})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}
