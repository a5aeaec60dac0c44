package access

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// What the signer of the SDK makes is what is made here, in a header and in the
// query.
func TestSignaturesAreThoseOfTheSDK(t *testing.T) {
	keys := NewKeyring()
	keys.AddRoot("000000000000", "AKIA", "secret")
	keys.add(Credential{KeyID: "ASIA", Secret: "other", Token: "a/token+with=signs"}, time.Now())
	for _, target := range []string{
		"/", "", "/2015-03-31/functions/f/invocations?Qualifier=%24LATEST", "/2017-03-31/tags/arn%3Aaws%3Alambda%3A%2F?tagKeys=b&tagKeys=a&x",
		"/a%20b/~c//d?z=1&a=%2B+&A=", "/2025-12-01/durable-executions/arn:aws:lambda:x:1:function:f:$LATEST%2Fdurable-execution%2Fn/state?CheckpointToken=a%2Bb%3D",
	} {
		for _, pair := range []aws.Credentials{{AccessKeyID: "AKIA", SecretAccessKey: "secret"}, {AccessKeyID: "ASIA", SecretAccessKey: "other", SessionToken: "a/token+with=signs"}} {
			body := "a body"
			sum := sha256.Sum256([]byte(body))
			make := func() *http.Request {
				r := httptest.NewRequest(http.MethodPost, "http://localhost:4566"+target, strings.NewReader(body))
				r.Header.Set("X-Amz-Meta", "  a   b ")
				return r
			}
			r := make()
			if err := v4.NewSigner().SignHTTP(t.Context(), pair, r, hex.EncodeToString(sum[:]), "lambda", "us-east-1", time.Now()); err != nil {
				t.Fatal(err)
			}
			if _, _, err := NewVerifier(keys).Verify(r, []byte(body), "lambda", time.Now()); err != nil {
				t.Errorf("%q in a header: %v", target, err)
			}
			r = make()
			query := r.URL.Query()
			query.Set("X-Amz-Expires", "60")
			r.URL.RawQuery = query.Encode()
			signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), pair, r, hex.EncodeToString(sum[:]), "lambda", "us-east-1", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			again := httptest.NewRequest(http.MethodPost, signed, strings.NewReader(body))
			again.Header.Set("X-Amz-Meta", "a b")
			if _, _, err := NewVerifier(keys).Verify(again, []byte(body), "lambda", time.Now()); err != nil {
				t.Errorf("%q in the query: %v", target, err)
			}
			if _, _, err := NewVerifier(keys).Verify(again, []byte(body), "lambda", time.Now().Add(61*time.Second)); err == nil {
				t.Errorf("%q is good for too long", target)
			}
			if _, _, err := NewVerifier(keys).Verify(again, []byte("another"), "lambda", time.Now()); err == nil {
				t.Errorf("%q is good for another body", target)
			}
		}
	}
}

// Clients other than the SDK for Go sign the trace id, too.
func TestSignedTraceID(t *testing.T) {
	keys := NewKeyring()
	keys.AddRoot("000000000000", "AKIA", "secret")
	r := httptest.NewRequest(http.MethodPost, "http://localhost/", nil)
	r.Header.Set("X-Amzn-Trace-Id", "Root=1-0-0")
	r.Header.Set("X-Amz-Date", time.Now().UTC().Format(amzDate))
	auth := Authorization{
		keyID: "AKIA", date: time.Now().UTC().Format("20060102"), Region: "us-east-1", Service: "lambda",
		at: r.Header.Get("X-Amz-Date"), headers: []string{"host", "x-amz-date", "x-amzn-trace-id"},
	}
	sum := sha256.Sum256(nil)
	r.Header.Set("Authorization", algorithm+" Credential=AKIA/"+auth.date+"/us-east-1/lambda/aws4_request, SignedHeaders="+
		strings.Join(auth.headers, ";")+", Signature="+signature(r, auth, "secret", hex.EncodeToString(sum[:])))
	if _, _, err := NewVerifier(keys).Verify(r, nil, "lambda", time.Now()); err != nil {
		t.Error(err)
	}
	r.Header.Set("X-Amzn-Trace-Id", "Root=1-0-1")
	if _, _, err := NewVerifier(keys).Verify(r, nil, "lambda", time.Now()); err == nil {
		t.Error("the trace id is not covered")
	}
}
