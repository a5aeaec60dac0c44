package awsemu_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu"
)

// A function is Pending, then Active; a change is InProgress, then Successful;
// until then AWS refuses what needs the function to stand still.
func TestFunctionStates(t *testing.T) {
	ctx, r := t.Context(), startWith(t, "", func(o *awsemu.Options) { o.Settling = time.Minute })
	client := r.lambda(t)
	made := ok(client.CreateFunction(ctx, newFunction(t, "f")))(t)
	same(t, types.StatePending, made.State)
	same(t, types.StateReasonCodeCreating, made.StateReasonCode)
	same(t, types.LastUpdateStatus(""), made.LastUpdateStatus)
	name := aws.String("f")
	_, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: name})
	fails(t, err, "ResourceConflictException", 409)
	says(t, err, "The operation cannot be performed at this time. The function is currently in the following state: Pending")
	_, err = client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name})
	fails(t, err, "ResourceConflictException", 409)
	r.advance(time.Minute)
	got := ok(client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: name}))(t)
	same(t, types.StateActive, got.State)
	same(t, types.LastUpdateStatusSuccessful, got.LastUpdateStatus)

	changed := ok(client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: name, Timeout: aws.Int32(30), RevisionId: got.RevisionId,
	}))(t)
	same(t, types.StateActive, changed.State)
	same(t, types.LastUpdateStatusInProgress, changed.LastUpdateStatus)
	same(t, int32(30), *changed.Timeout)
	if *changed.RevisionId == *got.RevisionId {
		t.Error("the revision is the old one")
	}
	_, err = client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: name, ZipFile: zipped(t)})
	fails(t, err, "ResourceConflictException", 409)
	says(t, err, "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:000000000000:function:f")
	r.advance(time.Minute)
	_, err = client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: name, ZipFile: zipped(t), RevisionId: got.RevisionId})
	fails(t, err, "PreconditionFailedException", 412)
	version := ok(client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name}))(t)
	same(t, types.StatePending, version.State)
	r.advance(time.Minute)
	waiter := lambda.NewPublishedVersionActiveWaiter(client)
	if err := waiter.Wait(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: name, Qualifier: version.Version}, time.Second); err != nil {
		t.Error(err)
	}
}

func TestUpdateFunctionErrors(t *testing.T) {
	ctx, client := t.Context(), example(t).lambda(t)
	update := func(change func(*lambda.UpdateFunctionConfigurationInput)) error {
		in := &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("orders")}
		change(in)
		_, err := client.UpdateFunctionConfiguration(ctx, in)
		return err
	}
	variables := func(m map[string]string) func(*lambda.UpdateFunctionConfigurationInput) {
		return func(in *lambda.UpdateFunctionConfigurationInput) {
			in.Environment = &types.Environment{Variables: m}
		}
	}
	for name, change := range map[string]func(*lambda.UpdateFunctionConfigurationInput){
		"timeout":   func(in *lambda.UpdateFunctionConfigurationInput) { in.Timeout = aws.Int32(0) },
		"memory":    func(in *lambda.UpdateFunctionConfigurationInput) { in.MemorySize = aws.Int32(127) },
		"role":      func(in *lambda.UpdateFunctionConfigurationInput) { in.Role = aws.String("me") },
		"runtime":   func(in *lambda.UpdateFunctionConfigurationInput) { in.Runtime = "cobol" },
		"handler":   func(in *lambda.UpdateFunctionConfigurationInput) { in.Handler = aws.String("a b") },
		"layer":     func(in *lambda.UpdateFunctionConfigurationInput) { in.Layers = []string{"lib"} },
		"no layer":  func(in *lambda.UpdateFunctionConfigurationInput) { in.Layers = []string{layerARN("gone", 1)} },
		"qualifier": func(in *lambda.UpdateFunctionConfigurationInput) { in.FunctionName = aws.String("orders:1") },
		"reserved":  variables(map[string]string{"AWS_REGION": "x"}),
		"variable":  variables(map[string]string{"1A": "x"}),
		"large":     variables(map[string]string{"LARGE": strings.Repeat("x", 4096)}),
		"storage": func(in *lambda.UpdateFunctionConfigurationInput) {
			in.EphemeralStorage = &types.EphemeralStorage{Size: aws.Int32(1)}
		},
	} {
		t.Run(name, func(t *testing.T) { fails(t, update(change), "InvalidParameterValueException", 400) })
	}
	fails(t, update(func(in *lambda.UpdateFunctionConfigurationInput) { in.FunctionName = aws.String("nobody") }), "ResourceNotFoundException", 404)
	_, err := client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("orders"), ImageUri: aws.String("x")})
	fails(t, err, "InvalidParameterValueException", 400)
	dry := ok(client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("orders"), ZipFile: zipped(t), DryRun: true}))(t)
	now := ok(client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("orders")}))(t)
	if *dry.CodeSha256 == *now.CodeSha256 {
		t.Error("a dry run has changed the code")
	}
}

func layerARN(name string, number int) string {
	return fmt.Sprintf("arn:aws:lambda:us-east-1:000000000000:layer:%s:%d", name, number)
}

func TestTagErrors(t *testing.T) {
	ctx, client := t.Context(), example(t).lambda(t)
	many := map[string]string{}
	for i := range 51 {
		many[fmt.Sprint("k", i)] = "v"
	}
	for name, in := range map[string]*lambda.TagResourceInput{
		"many":    {Resource: aws.String(orders), Tags: many},
		"aws":     {Resource: aws.String(orders), Tags: map[string]string{"aws:x": "y"}},
		"version": {Resource: aws.String(orders + ":1"), Tags: map[string]string{"a": "b"}},
		"no ARN":  {Resource: aws.String("orders"), Tags: map[string]string{"a": "b"}},
	} {
		_, err := client.TagResource(ctx, in)
		t.Run(name, func(t *testing.T) { fails(t, err, "InvalidParameterValueException", 400) })
	}
	_, err := client.ListTags(ctx, &lambda.ListTagsInput{Resource: aws.String(orders + "x")})
	fails(t, err, "ResourceNotFoundException", 404)
}

// What a layer holds is where the code finds it.
func TestLayersReachTheCode(t *testing.T) {
	testenv.Python3.Find(t)
	ctx, r := t.Context(), start(t, "")
	client := r.lambda(t)
	layer := ok(client.PublishLayerVersion(ctx, &lambda.PublishLayerVersionInput{
		LayerName: aws.String("lib"), Content: &types.LayerVersionContentInput{ZipFile: zipOf(t, map[string]string{"python/shared.py": "answer = 42"})},
	}))(t)
	in := newFunction(t, "py")
	in.Runtime, in.Handler, in.Layers = types.RuntimePython313, aws.String("main.handler"), []string{*layer.LayerVersionArn}
	in.Code.ZipFile = zipOf(t, map[string]string{"main.py": "import shared\ndef handler(event, context): return shared.answer"})
	ok(client.CreateFunction(ctx, in))(t)
	same(t, "42", string(r.call(t, "py", `{}`).Payload))
}

// State in a folder is there again after a restart, with the functions file
// as it is then.
func TestStateInAFolder(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	with := func(reply string) *rig {
		return startWith(t, "functions: {f: {reply: "+reply+"}, gone: {reply: 1}}\nlayers: {lib: {versions: {1: {}}}}", func(o *awsemu.Options) {
			o.Data = dir
			o.Handlers = map[string]awsemu.Handler{"h": func(context.Context, []byte) ([]byte, error) { return []byte("7"), nil }}
		})
	}
	first := with("1")
	client := first.lambda(t)
	in := newFunction(t, "sh")
	in.Code.ZipFile, in.Tags = zipOf(t, map[string]string{"bootstrap": ""}), map[string]string{"a": "b"}
	made := ok(client.CreateFunction(ctx, in))(t)
	ok(client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: aws.String("f")}))(t)
	ok(client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: aws.String("h")}))(t)
	alias := ok(client.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: aws.String("f"), Name: aws.String("live"), FunctionVersion: aws.String("1")}))(t)
	ok(client.AddPermission(ctx, &lambda.AddPermissionInput{FunctionName: aws.String("f"), StatementId: aws.String("s"), Action: aws.String("*"), Principal: aws.String("111122223333")}))(t)
	policy := ok(client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("f")}))(t)
	ok(client.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: aws.String("f"), ReservedConcurrentExecutions: aws.Int32(3)}))(t)
	ok(client.PutFunctionEventInvokeConfig(ctx, &lambda.PutFunctionEventInvokeConfigInput{FunctionName: aws.String("f"), MaximumRetryAttempts: aws.Int32(1)}))(t)
	ok(client.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String("gone")}))(t)
	ok(client.AddLayerVersionPermission(ctx, &lambda.AddLayerVersionPermissionInput{LayerName: aws.String("lib"), VersionNumber: aws.Int64(1), StatementId: aws.String("s"), Action: aws.String("lambda:GetLayerVersion"), Principal: aws.String("*")}))(t)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := with("2")
	client = second.lambda(t)
	got := ok(client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("sh")}))(t)
	same(t, made.RevisionId, got.Configuration.RevisionId)
	same(t, in.Tags, got.Tags)
	same(t, in.Code.ZipFile, fetch(t, *got.Code.Location))
	same(t, *alias.RevisionId, *ok(client.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String("f"), Name: aws.String("live")}))(t).RevisionId)
	again := ok(client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("f")}))(t)
	same(t, *policy.Policy+*policy.RevisionId, *again.Policy+*again.RevisionId)
	same(t, int32(3), *ok(client.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: aws.String("f")}))(t).ReservedConcurrentExecutions)
	same(t, int32(1), *ok(client.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: aws.String("f")}))(t).MaximumRetryAttempts)
	ok(client.GetLayerVersionPolicy(ctx, &lambda.GetLayerVersionPolicyInput{LayerName: aws.String("lib"), VersionNumber: aws.Int64(1)}))(t)
	_, err := client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("gone")})
	fails(t, err, "ResourceNotFoundException", 404)
	same(t, "2", string(second.call(t, "f", `{}`).Payload))
	same(t, "7", string(second.call(t, "h", `{}`).Payload))
	same(t, "7", string(second.call(t, "h:1", `{}`).Payload))
	info := ok(os.Stat(filepath.Join(dir, "state.json")))(t)
	same(t, fs.FileMode(0o600), info.Mode().Perm())
	if left := ok(filepath.Glob(filepath.Join(dir, "*.tmp")))(t); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// Functions run in folders of their own, so a relative path must not reach
// them.
func TestRelativeDataFolder(t *testing.T) {
	binary := ok(os.ReadFile(filepath.Join(goFolder(t), "bootstrap")))(t)
	t.Chdir(t.TempDir())
	r := startWith(t, "", func(o *awsemu.Options) { o.Data = "state" })
	in := newFunction(t, "go")
	in.Code.ZipFile = zipOf(t, map[string]string{"bootstrap*": string(binary)})
	ok(r.lambda(t).CreateFunction(t.Context(), in))(t)
	same(t, any(7.0), r.call(t, "go", `{"N":7}`).body["N"])
	if !testenv.Node.OK() {
		return
	}
	in = newFunction(t, "node")
	in.Runtime, in.Handler = types.RuntimeNodejs22x, aws.String("index.handler")
	in.Code.ZipFile = zipOf(t, map[string]string{"index.mjs": nodeHandler})
	ok(r.lambda(t).CreateFunction(t.Context(), in))(t)
	same(t, any(7.0), r.call(t, "node", `{"n":7}`).body["n"])
}

func TestDamagedState(t *testing.T) {
	for _, text := range []string{"{", `{"Format":99}`, `[]`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := awsemu.New(awsemu.Options{Data: dir}); err == nil || !strings.Contains(err.Error(), "state.json") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
