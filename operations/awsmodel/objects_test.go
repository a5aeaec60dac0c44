package awsmodel_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// TestSaveTo shows a body that is written to a file.
func TestSaveTo(t *testing.T) {
	t.Chdir(t.TempDir())
	header := http.Header{"X-Amz-Checksum-Crc32": {"NhCmhg=="}}
	s := &stub{answer: func(*http.Request, string) (int, http.Header, string) { return 200, header, "hello" }}
	call := calling(t, s, nil)
	params := map[string]any{"bucket": "my-bucket", "key": "k", "saveTo": "out.txt"}
	got, err := call("s3.getObject", params)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile("out.txt"); err != nil || string(text) != "hello" || got.(map[string]any)["Body"] != nil {
		t.Errorf("file %q, %v, body %v", text, err, got.(map[string]any)["Body"])
	}
	header.Set("X-Amz-Checksum-Crc32", "AAAAAA==")
	params["saveTo"] = "other.txt"
	if _, err := call("s3.getObject", params); err == nil {
		t.Error("a wrong sum passes")
	}
	for _, name := range []string{"other.txt", "other.txt.part"} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s is there", name)
		}
	}
	params["saveTo"] = "../out.txt"
	if _, err := call("s3.getObject", params); err == nil {
		t.Error("a file outside of the folder is written")
	}
}

// TestPresign shows an address that holds its signature.
func TestPresign(t *testing.T) {
	s := fixed(200, "")
	got, err := calling(t, s, map[string]any{"sessionToken": "st"})("s3.presign", map[string]any{
		"bucket": "my-bucket", "key": "a b", "expires": "1h", "params": map[string]any{"versionId": "v"},
	})
	if err != nil {
		t.Fatal(err)
	}
	url, _ := got.(map[string]any)["Url"].(string)
	for _, part := range []string{
		"https://my-bucket.s3.eu-west-1.amazonaws.com/a%20b?", "X-Amz-Expires=3600", "versionId=v", "X-Amz-Signature=",
		"X-Amz-SignedHeaders=host", "X-Amz-Security-Token=st",
	} {
		if !strings.Contains(url, part) {
			t.Errorf("%s lacks %s", url, part)
		}
	}
	if len(s.sent) != 0 {
		t.Errorf("%d requests were sent", len(s.sent))
	}
}

// TestSandbox shows that a local emulator that lacks a service says so.
func TestSandbox(t *testing.T) {
	c := source(fixed(200, "")).Connector("sqs")
	_, err := c.Open(context.Background(), connector.OpenRequest{
		Params: map[string]any{}, Sandbox: &connector.Sandbox{Endpoint: "http://127.0.0.1:1", Services: []string{"lambda", "sts"}},
	})
	if err == nil || !strings.Contains(err.Error(), "the local emulator has no sqs; it has lambda, sts") {
		t.Errorf("error %v", err)
	}
}
