package awsemu_test

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

// zeros is a body that is made while it is sent.
type zeros struct{ left int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), z.left)
	clear(p[:n])
	z.left -= n
	return n, nil
}

func TestHundredMegabytesAreRefused(t *testing.T) {
	r := start(t, "functions: {f: {reply: 1}}")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, path := range []string{"/2015-03-31/functions/f/invocations", "/2015-03-31/functions", "/"} {
		for _, declared := range []bool{true, false} {
			request := ok(http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL()+path, &zeros{100 << 20}))(t)
			if declared {
				request.ContentLength = 100 << 20
			}
			client := &trackedClient{}
			answer, err := client.http().Do(request)
			if err == nil {
				if answer.StatusCode != http.StatusRequestEntityTooLarge || answer.Header.Get("Content-Type") == "" {
					t.Errorf("%s: %s", path, answer.Status)
				}
				_ = answer.Body.Close()
			}
			client.close()
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 64<<20 {
		t.Errorf("%d MiB are still held", grown>>20)
	}
	same(t, "1", string(r.call(t, "f", "{}").Payload))
}

func TestHostileZipsAreRefused(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := start(t, "")
	client := r.lambda(t)
	for name, files := range map[string]map[string]string{
		"up": {"../evil": "x"}, "absolute": {"/evil": "x"}, "deep up": {"a/b/../../../evil": "x"},
	} {
		in := newFunction(t, "f")
		in.Code.ZipFile = zipOf(t, files)
		_, err := client.CreateFunction(t.Context(), in)
		t.Run(name, func(t *testing.T) {
			fails(t, err, "InvalidParameterValueException", 400)
			says(t, err, "Could not unzip uploaded file. Please check your file, then try to upload again.")
		})
	}
	in := newFunction(t, "f")
	in.Code.ZipFile = zipOf(t, map[string]string{"zeros": strings.Repeat("\x00", 262144001)})
	_, err := client.CreateFunction(t.Context(), in)
	fails(t, err, "InvalidParameterValueException", 400)
	says(t, err, "Unzipped size must be smaller than 262144000 bytes")
	found := slices.DeleteFunc(ok(filepath.Glob(os.Getenv("TMPDIR")+"/*"))(t), func(path string) bool { return filepath.Ext(path) == ".lock" })
	if len(found) > 0 {
		t.Errorf("written: %v", found)
	}
}

func TestBrokenSignatures(t *testing.T) {
	r := start(t, "functions: {f: {reply: 1}}")
	for code, keys := range map[string][3]string{
		"InvalidSignatureException":   {"test", "wrong", ""},
		"UnrecognizedClientException": {"test", "test", "token"},
	} {
		_, err := lambda.NewFromConfig(r.config(t, keys[0], keys[1], keys[2])).ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
		if api, found := errors.AsType[smithy.APIError](err); !found || api.ErrorCode() != code {
			t.Errorf("got %v, want %s", err, code)
		}
	}
}

func TestGarbageOnTheWire(t *testing.T) {
	r := start(t, "functions: {f: {reply: 1}}")
	address := strings.TrimPrefix(r.URL(), "http://")
	for _, garbage := range []string{
		"\x16\x03\x01\x02\x00\x01", "GET\r\n\r\n", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "\x00\x00\x00",
		"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nAction=", strings.Repeat("A", 1<<20),
	} {
		conn := ok(net.Dial("tcp", address))(t)
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		_, _ = io.WriteString(conn, garbage)
		_ = conn.(*net.TCPConn).CloseWrite()
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil && answer.StatusCode < 400 {
			t.Errorf("%.20q: %s", garbage, answer.Status)
		}
		_ = conn.Close()
	}
	same(t, "1", string(r.call(t, "f", "{}").Payload))
}

// A page in a browser can resolve its own name to 127.0.0.1, and the keys are
// no secret.
func TestOtherHostsAreRefused(t *testing.T) {
	r := start(t, "functions: {f: {reply: 1}}")
	for host, want := range map[string]int{"evil.example": 403, "127.0.0.1.evil.example:80": 403, "localhost:1": 200, "[::1]:80": 200, "127.0.0.9": 200} {
		request := ok(http.NewRequestWithContext(t.Context(), http.MethodGet, r.URL()+"/_awsemu/dead-letters", nil))(t)
		request.Host = host
		client := &trackedClient{}
		answer := ok(client.http().Do(request))(t)
		_ = answer.Body.Close()
		client.close()
		same(t, want, answer.StatusCode)
	}
	for _, path := range []string{"/_awsemu/", "/_awsemu/code/../../etc/passwd", "/_awsemu/code/" + strings.Repeat("0", 64) + ".zip"} {
		client := &trackedClient{}
		answer := ok(client.http().Get(r.URL() + path))(t)
		_ = answer.Body.Close()
		client.close()
		if answer.StatusCode < 400 {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
}

func TestBucketsHoldTheirObjectsOnly(t *testing.T) {
	dir := t.TempDir()
	file := zipOf(t, map[string]string{"bootstrap": ""})
	for _, name := range []string{"outside.zip", "bucket/f.zip", "bucket/text.zip"} {
		_ = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700)
		if err := os.WriteFile(filepath.Join(dir, name), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.WriteFile(filepath.Join(dir, "bucket/text.zip"), []byte("text"), 0o600)
	if err := os.Symlink("../outside.zip", filepath.Join(dir, "bucket/link.zip")); err != nil {
		t.Fatal(err)
	}
	r := start(t, "buckets: {b: '"+dir+"/bucket'}")
	for _, row := range []struct{ name, bucket, key, version, says string }{
		{"there", "b", "f.zip", "null", ""},
		{"no bucket", "c", "f.zip", "", "S3 Error Code: NoSuchBucket"},
		{"no key", "b", "g.zip", "", "S3 Error Code: NoSuchKey"},
		{"version", "b", "f.zip", "7", "S3 Error Code: NoSuchVersion"},
		{"up", "b", "../outside.zip", "", "S3 Error Code: NoSuchKey"},
		{"absolute", "b", dir + "/outside.zip", "", "S3 Error Code: NoSuchKey"},
		{"link", "b", "link.zip", "", "S3 Error Code: NoSuchKey"},
		{"folder", "b", ".", "", "S3 Error Code: NoSuchKey"},
		{"no zip", "b", "text.zip", "", "Could not unzip uploaded file"},
	} {
		in := newFunction(t, "f")
		in.Code.ZipFile, in.Code.S3Bucket, in.Code.S3Key, in.Code.S3ObjectVersion = nil, &row.bucket, &row.key, &row.version
		_, err := r.lambda(t).CreateFunction(t.Context(), in)
		if row.says == "" {
			if err != nil {
				t.Errorf("%s: %v", row.name, err)
			}
			continue
		}
		fails(t, err, "InvalidParameterValueException", 400)
		if !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// FuzzTokens reads web identity tokens and SAML assertions of strangers.
func FuzzTokens(f *testing.F) {
	f.Add(webToken(time.Hour), "")
	f.Add("a.b.c", "provider")
	f.Add(samlAssertion(time.Hour), "")
	f.Add("PHNhbWw+", "")
	e, err := awsemu.New(awsemu.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = e.Close() })
	f.Fuzz(func(t *testing.T, token, provider string) {
		for _, form := range []map[string]string{
			{"Action": "AssumeRoleWithWebIdentity", "RoleArn": deployer, "RoleSessionName": "fuzz", "WebIdentityToken": token, "ProviderId": provider},
			{"Action": "AssumeRoleWithSAML", "RoleArn": deployer, "PrincipalArn": samlProvider, "SAMLAssertion": token},
			{"Action": "AssumeRoleWithSAML", "RoleArn": deployer, "PrincipalArn": samlProvider, "SAMLAssertion": base64.StdEncoding.EncodeToString([]byte(token))},
		} {
			checkBody(t, post(e, form))
		}
	})
}
