package awsemu_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

func TestWrongKeys(t *testing.T) {
	ctx, r := context.Background(), example(t)
	issued := ok(r.sts(t).AssumeRole(ctx, assume(deployer)))(t).Credentials
	for _, row := range []struct {
		name, key, secret, token string
		ofSTS, ofLambda          string
	}{
		{"unknown key", "AKIAUNKNOWN000000000", "x", "", "InvalidClientTokenId", "UnrecognizedClientException"},
		{"wrong secret", "test", "tset", "", "SignatureDoesNotMatch", "InvalidSignatureException"},
		{"token too many", "test", "test", "token", "InvalidClientTokenId", "UnrecognizedClientException"},
		{"no token", *issued.AccessKeyId, *issued.SecretAccessKey, "", "InvalidClientTokenId", "UnrecognizedClientException"},
		{"wrong token", *issued.AccessKeyId, *issued.SecretAccessKey, "token", "InvalidClientTokenId", "UnrecognizedClientException"},
		{"wrong issued secret", *issued.AccessKeyId, "x", *issued.SessionToken, "SignatureDoesNotMatch", "InvalidSignatureException"},
	} {
		t.Run(row.name, func(t *testing.T) {
			config := r.config(t, row.key, row.secret, row.token)
			_, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			fails(t, err, row.ofSTS, 403)
			_, err = lambda.NewFromConfig(config).GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
			fails(t, err, row.ofLambda, 403)
		})
	}
}

func TestExpiry(t *testing.T) {
	ctx, r := context.Background(), example(t)
	in := assume(deployer)
	in.DurationSeconds = aws.Int32(900)
	r.advance(-14 * time.Minute) // clients sign by the real clock, which must stay near
	out := ok(r.sts(t).AssumeRole(ctx, in))(t)
	roles, functions := r.as(t, out.Credentials)
	r.advance(14 * time.Minute)
	ok(roles.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	r.advance(2 * time.Minute)
	_, err := roles.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	fails(t, err, "ExpiredToken", 403)
	_, err = functions.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	fails(t, err, "ExpiredTokenException", 403)
}

// signed makes a signed request; change may spoil it afterwards.
func signed(t *testing.T, method, url, body, service string, change func(*http.Request)) *http.Request {
	t.Helper()
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sum := sha256.Sum256([]byte(body))
	pair := aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}
	err := v4.NewSigner().SignHTTP(context.Background(), pair, r, hex.EncodeToString(sum[:]), service, "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	return r
}

func TestRawRequests(t *testing.T) {
	e := ok(awsemu.New(awsemu.Options{}))(t)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	without := func(part string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), part, "", 1))
		}
	}
	const identity = "Action=GetCallerIdentity&Version=2011-06-15"
	for _, row := range []struct {
		name, method, url, body, service string
		change                           func(*http.Request)
		status                           int
		code                             string
	}{
		{"identity", "POST", "/", identity, "sts", nil, 200, "GetCallerIdentityResult"},
		{"identity by GET", "GET", "/?" + identity, "", "sts", nil, 200, "GetCallerIdentityResult"},
		{"no action", "POST", "/", "", "sts", nil, 400, "MissingAction"},
		{"unknown action", "POST", "/", "Action=Fly&Version=2011-06-15", "sts", nil, 400, "InvalidAction"},
		{"unknown version", "POST", "/", "Action=GetCallerIdentity&Version=1", "sts", nil, 400, "InvalidAction"},
		{"bad form", "POST", "/", "Action=%zz", "sts", nil, 400, "MalformedQueryString"},
		{"large form", "POST", "/", strings.Repeat("x", 2<<20), "sts", nil, 413, "RequestTooLarge"},
		{"changed body", "POST", "/", identity, "sts", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(identity + " ")) }, 403, "SignatureDoesNotMatch"},
		{"unsigned", "POST", "/", identity, "sts", func(r *http.Request) { r.Header.Del("Authorization") }, 403, "MissingAuthenticationToken"},
		{"basic", "POST", "/", identity, "sts", header("Authorization", "Basic eA=="), 403, "IncompleteSignature"},
		{"no signature", "POST", "/", identity, "sts", without("Signature="), 403, "IncompleteSignature"},
		{"no host", "POST", "/", identity, "sts", without("host;"), 403, "SignatureDoesNotMatch"},
		{"no date signed", "POST", "/", identity, "sts", without(";x-amz-date"), 403, "SignatureDoesNotMatch"},
		{"no scope", "POST", "/", identity, "sts", without("/aws4_request"), 403, "IncompleteSignature"},
		{"no date", "POST", "/", identity, "sts", header("X-Amz-Date", "today"), 403, "IncompleteSignature"},
		{"old date", "POST", "/", identity, "sts", header("X-Amz-Date", "20010101T000000Z"), 403, "SignatureDoesNotMatch"},
		{"signed for Lambda", "POST", "/", identity, "lambda", nil, 501, "NotImplementedException"},
		{"signed for S3", "GET", "/my-bucket/key", "", "s3", nil, 501, "awsemu has lambda, sts and sqs, and no s3: give that service"},
		{"signed for a topic", "POST", "/", "Action=SendMessage", "sns", nil, 501, "AWS_ENDPOINT_URL_ and its name"},
		{"signed for a table", "POST", "/", "{}", "dynamodb", header("X-Amz-Target", "DynamoDB_20120810.GetItem"), 501, "or give the step an answer in a test"},
		{"wrong hash", "POST", "/", identity, "sts", header("X-Amz-Content-Sha256", strings.Repeat("0", 64)), 403, "SignatureDoesNotMatch"},
		{"unsigned hash", "POST", "/", identity, "sts", header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), 403, "SignatureDoesNotMatch"},
		{"functions", "GET", "/2015-03-31/functions/", "", "lambda", nil, 200, "Functions"},
		{"unknown path", "GET", "/2015-03-31/nothing", "", "lambda", nil, 501, "NotImplementedException"},
		{"unknown root", "GET", "/nothing", "", "lambda", nil, 501, "NotImplementedException"},
		{"unknown root of STS", "GET", "/nothing", "", "sts", nil, 400, "MissingAction"},
		{"unknown method", "PATCH", "/2015-03-31/functions", "", "lambda", nil, 501, "NotImplementedException"},
		{"unsigned path", "GET", "/2015-03-31/functions", "", "lambda", func(r *http.Request) { r.Header.Del("Authorization") }, 403, "MissingAuthenticationTokenException"},
		{"no JSON", "POST", "/2015-03-31/functions", "{", "lambda", nil, 400, "SerializationException"},
		{"wrong type", "POST", "/2015-03-31/functions", `{"Timeout":"x"}`, "lambda", nil, 400, "SerializationException"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			e.ServeHTTP(w, signed(t, row.method, row.url, row.body, row.service, row.change))
			text := w.Header().Get("X-Amzn-Errortype") + w.Body.String()
			if w.Code != row.status || !strings.Contains(text, row.code) {
				t.Errorf("got %d %s, want %d %s", w.Code, text, row.status, row.code)
			}
			if w.Header().Get("X-Amzn-RequestId") == "" {
				t.Error("no request id")
			}
		})
	}
}

func TestUnsignedPayload(t *testing.T) {
	e := ok(awsemu.New(awsemu.Options{}))(t)
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewBufferString("Action=GetCallerIdentity&Version=2011-06-15"))
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	pair := aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}
	if err := v4.NewSigner().SignHTTP(context.Background(), pair, r, "UNSIGNED-PAYLOAD", "sts", "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	same(t, 200, w.Code)
}

func TestClosedEmulatorAnswers(t *testing.T) {
	e := ok(awsemu.New(awsemu.Options{}))(t)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	same(t, http.StatusServiceUnavailable, w.Code)
}
