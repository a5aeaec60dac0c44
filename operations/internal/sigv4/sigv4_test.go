package sigv4

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
)

var (
	static  = aws.Credentials{AccessKeyID: "AKIDFORTESTSONLY", SecretAccessKey: "a-secret-key-for-tests"}
	session = aws.Credentials{AccessKeyID: "ASIAFORTESTSONLY", SecretAccessKey: "another", SessionToken: "token/with+signs=="}
	noon    = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
)

func request(method, address, body string, headers ...string) *http.Request {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	r := &http.Request{Method: method, URL: u, Header: http.Header{}, ContentLength: int64(len(body))}
	for i := 0; i < len(headers); i += 2 {
		r.Header[headers[i]] = append(r.Header[headers[i]], headers[i+1])
	}
	return r
}

// bySDK signs a copy with the SDK's signer.
func bySDK(t testing.TB, r *http.Request, c aws.Credentials, body string, at time.Time) *http.Request {
	t.Helper()
	signed := r.Clone(context.Background())
	sum := sha256.Sum256([]byte(body))
	err := v4.NewSigner().SignHTTP(context.Background(), c, signed, hex.EncodeToString(sum[:]), "lambda", "eu-west-1", at)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestSign(t *testing.T) {
	const invoke = "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/orders/invocations"
	used := New("lambda", "eu-west-1")
	for _, tt := range []struct {
		name        string
		credentials aws.Credentials
		request     *http.Request
		body        string
		at          time.Time
		left        bool // to the SDK's signer
	}{
		{"plain", static, request("POST", invoke, "{}"), "{}", noon, false},
		{"session", session, request("POST", invoke, "{}"), "{}", noon, false},
		{"no body", static, request("GET", "https://h/2016-08-19/account-settings", ""), "", noon, false},
		{"no path", static, request("GET", "https://h", ""), "", noon, false},
		{"headers", session, request(
			"POST", invoke, "{}", "Content-Type", "application/octet-stream", "User-Agent", "aws-sdk-go-v2/1", "X-Amz-Log-Type", "Tail",
			"Amz-Sdk-Request", "attempt=1; max=3", "Amz-Sdk-Invocation-Id", "8d1e", "X-Amzn-Trace-Id", "Root=1-2", "Expect", "100-continue",
		), "{}", noon, false},
		{"signed before", session, request("POST", invoke, "{}", "X-Amz-Date", "old", "X-Amz-Security-Token", "old", "Authorization", "old"), "{}", noon, false},
		{"another port", static, request("POST", "http://127.0.0.1:4566/x", "{}"), "{}", noon, false},
		{"escaped path", static, request("POST", "https://h/functions/arn%3Aaws%3Alambda%3A%24LATEST/a%20b/%C3%BC/invocations", "{}"), "{}", noon, false},
		{"path of signs", static, request("POST", "https://h/a:b$c/@d,e;f(g)!*'/~", "{}"), "{}", noon, false},
		{"qualifier", static, request("POST", invoke+"?Qualifier=live", "{}"), "{}", noon, false},
		{"no value", static, request("POST", invoke+"?Qualifier=", "{}"), "{}", noon, false},
		{"end of a day", static, request("POST", invoke, "{}"), "{}", time.Date(2026, 12, 31, 23, 59, 59, 999, time.UTC), false},
		{"another zone", static, request("POST", invoke, "{}"), "{}", noon.In(time.FixedZone("x", -13*3600)), false},
		{"text of other languages", static, request("POST", invoke, "{}", "X-Amz-Tenant-Id", "Müller"), "{}", noon, false},

		{"two parameters", static, request("GET", "https://h/?b=1&a=2", ""), "", noon, true},
		{"a parameter without value", static, request("GET", "https://h/?list", ""), "", noon, true},
		{"an escaped parameter", static, request("POST", invoke+"?Qualifier=%24LATEST", "{}"), "{}", noon, true},
		{"spaces around", static, request("POST", invoke, "{}", "X-Amz-A", " a"), "{}", noon, true},
		{"spaces behind", static, request("POST", invoke, "{}", "X-Amz-A", "a "), "{}", noon, true},
		{"spaces between", static, request("POST", invoke, "{}", "X-Amz-A", "a  b"), "{}", noon, true},
		{"a header twice", static, request("POST", invoke, "{}", "X-Amz-A", "a", "X-Amz-A", "b"), "{}", noon, true},
		{"a header in two cases", static, request("POST", invoke, "{}", "X-Amz-A", "a", "x-amz-a", "b"), "{}", noon, true},
		{"a given length", static, request("POST", invoke, "{}", "Content-Length", "2"), "{}", noon, true},
		{"a given host", static, request("POST", invoke, "{}", "Host", "other"), "{}", noon, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := tt.request.Clone(context.Background())
			want := bySDK(t, tt.request, tt.credentials, tt.body, tt.at)
			ok := New("lambda", "eu-west-1").Sign(tt.request, tt.credentials, []byte(tt.body), tt.at)
			if ok == tt.left {
				t.Fatalf("signed %v", ok)
			}
			if tt.left {
				want = before
			}
			for _, what := range []string{"behind another request", "behind one that is alike"} {
				r := before.Clone(context.Background())
				if ok := used.Sign(r, tt.credentials, []byte(tt.body), tt.at); ok == tt.left {
					t.Errorf("signed %v %s", ok, what)
				}
				if diff := cmp.Diff(want.Header, r.Header); diff != "" {
					t.Errorf("headers %s (-want +got):\n%s", what, diff)
				}
			}
			if diff := cmp.Diff(want.Header, tt.request.Header); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			if want.URL.String() != tt.request.URL.String() {
				t.Errorf("URL %s, want %s", tt.request.URL, want.URL)
			}
		})
	}
}

// A signer whose credentials and days change, used by many at once.
func TestSignerIsShared(t *testing.T) {
	s := New("lambda", "eu-west-1")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 50 {
				c, at, body := static, noon.Add(time.Duration(n*i)*time.Hour), strings.Repeat("b", n)
				if n%2 == 0 {
					c = session
				}
				if n%3 == 0 {
					c.SecretAccessKey = "changed" // under the same id
				}
				r := request("POST", "http://h/f", body)
				want := bySDK(t, r, c, body, at)
				if !s.Sign(r, c, []byte(body), at) {
					t.Error("not signed")
				}
				if diff := cmp.Diff(want.Header, r.Header); diff != "" {
					t.Errorf("headers (-want +got):\n%s", diff)
				}
			}
		})
	}
	wg.Wait()
}

// Whatever is signed is signed as the SDK does.
func FuzzSign(f *testing.F) {
	f.Add("POST", "/2015-03-31/functions/orders/invocations", "Qualifier=live", "X-Amz-Log-Type", "Tail", "{}", "token", int64(1_780_000_000))
	f.Add("GET", "/a%2Fb/%24", "", "x-a", "a  b", "", "", int64(0))
	f.Fuzz(func(t *testing.T, method, path, query, name, value, body, token string, at int64) {
		u := &url.URL{Scheme: "https", Host: "h", RawQuery: query}
		if unescaped, err := url.PathUnescape(path); err == nil {
			u.Path, u.RawPath = unescaped, path
		}
		r := &http.Request{Method: method, URL: u, Header: http.Header{name: {value}}, ContentLength: int64(len(body))}
		c := aws.Credentials{AccessKeyID: "A", SecretAccessKey: "s", SessionToken: token}
		when := time.Unix(at%253402300799, 0)
		before := r.Clone(context.Background())
		again := r.Clone(context.Background())
		again.Header["X-Amz-Other"] = []string{"other"}
		used := New("lambda", "eu-west-1")
		used.Sign(again, c, []byte(body), when) // a name more, where the next one has one less
		again = r.Clone(context.Background())
		ok := New("lambda", "eu-west-1").Sign(r, c, []byte(body), when)
		want := before
		if ok {
			want = bySDK(t, before, c, body, when)
		}
		for range 2 {
			alike := again.Clone(context.Background())
			if used.Sign(alike, c, []byte(body), when) != ok {
				t.Errorf("signed %v behind another one", !ok)
			}
			if diff := cmp.Diff(want.Header, alike.Header); diff != "" {
				t.Errorf("headers behind another one (-want +got):\n%s", diff)
			}
		}
		if diff := cmp.Diff(want.Header, r.Header); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
		}
		if want.URL.RawQuery != r.URL.RawQuery {
			t.Errorf("query %q, want %q", r.URL.RawQuery, want.URL.RawQuery)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	const address = "http://127.0.0.1:18080/2015-03-31/functions/hello/invocations"
	body := []byte(`{"order":{"id":"ord-000042","total":129.95}}`)
	fresh := func() *http.Request {
		return request("POST", address, string(body), "Content-Type", "application/octet-stream", "Amz-Sdk-Request", "attempt=1; max=3",
			"Amz-Sdk-Invocation-Id", "8d1e0b4e-1111-4222-8333-944455556666", "User-Agent", "aws-sdk-go-v2/1")
	}
	b.Run("own", func(b *testing.B) {
		s, r := New("lambda", "eu-west-1"), fresh()
		b.ReportAllocs()
		for b.Loop() {
			if !s.Sign(r, static, body, noon) {
				b.Fatal("not signed")
			}
		}
	})
	b.Run("sdk", func(b *testing.B) {
		s, r := v4.NewSigner(), fresh()
		b.ReportAllocs()
		for b.Loop() {
			sum := sha256.Sum256(body)
			if err := s.SignHTTP(context.Background(), static, r, hex.EncodeToString(sum[:]), "lambda", "eu-west-1", noon); err != nil {
				b.Fatal(err)
			}
		}
	})
}
