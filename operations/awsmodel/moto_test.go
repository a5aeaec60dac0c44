package awsmodel_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/flows"
)

// TestMoto runs a flow of five services, and an example, against moto's server, where Python has
// it.
func TestMoto(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server")
	}
	if err := exec.Command("python3", "-c", "import moto.server").Run(); err != nil {
		t.Skip("python3 has no moto with its server")
	}
	url := moto(t)
	t.Setenv("AWS_ENDPOINT_URL", url)
	for name, v := range map[string]string{
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
	} {
		t.Setenv(name, v)
	}
	run := func(folder, name string, inputs map[string]any) any {
		t.Helper()
		flow, err := flows.Load(os.DirFS(folder), name, registry(t))
		if err != nil {
			t.Fatal(err)
		}
		result, err := flow.Run(t.Context(), inputs)
		if err != nil {
			t.Fatal(err)
		}
		return result.Output
	}
	want := map[string]any{
		"message": `{"order":"o-17"}`, "key": "a b/o-17.json", "length": int64(30),
		"item": map[string]any{"id": "o-17", "lines": int64(2), "price": 9.5, "tags": []any{"a", "b"}, "nothing": nil},
	}
	if d := cmp.Diff(any(want), run("testdata", "fanout.yaml", nil)); d != "" {
		t.Errorf("output (-want +got) %s", d)
	}
	// The example, as docs/aws.md shows it.
	made, _ := run("../../flows/examples/aws", "fan-out-setup.yaml", nil).(map[string]any)
	made["order"] = "o-18"
	heard := any([]any{[]any{"o-18"}, []any{"o-18"}})
	if d := cmp.Diff(heard, run("../../flows/examples/aws", "fan-out.yaml", made)); d != "" {
		t.Errorf("the queues (-want +got) %s", d)
	}
}

// moto starts moto's server, and gives its address.
func moto(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "python3", "-m", "moto.server", "-H", "127.0.0.1", "-p", fmt.Sprint(port))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		resp, err := http.Get(url + "/moto-api/")
		if err == nil {
			_ = resp.Body.Close()
			return url
		}
	}
	t.Fatal("moto's server does not answer")
	return ""
}
