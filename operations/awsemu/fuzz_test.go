package awsemu_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

// FuzzRequest sends signed requests, so that they reach the handlers.
func FuzzRequest(f *testing.F) {
	src, err := os.ReadFile("../../flows/examples/functions.yaml")
	if err != nil {
		f.Fatal(err)
	}
	fixture, err := awsemu.ReadFixture("functions.yaml", src)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []struct{ method, path, body string }{
		{"POST", "/", "Action=AssumeRole&Version=2011-06-15&RoleArn=x&Tags.member.1.Key=a"},
		{"POST", "/2015-03-31/functions", `{"FunctionName":"f","Role":"arn:aws:iam::000000000000:role/r","Code":{"ZipFile":"eA=="}}`},
		{"POST", "/2015-03-31/functions/orders:live/invocations?Qualifier=live", `{"order":1e999}`},
		{"PUT", "/2015-03-31/functions/orders/aliases/live", `{"RoutingConfig":{"AdditionalVersionWeights":{"2":0.1}}}`},
		{"POST", "/2015-03-31/functions/orders/policy", `{"StatementId":"s","Action":"*","Principal":"*"}`},
		{"POST", "/2018-10-31/layers/shared-lib/versions/1/policy", `{"StatementId":"s"}`},
		{"POST", "/000000000000/orders", "Action=SendMessageBatch&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=b"},
		{"GET", "/2015-03-31/functions?MaxItems=1&Marker=YQ==", ""},
		{"DELETE", "/2015-03-31/functions/%2F/aliases/%zz", ""},
	} {
		f.Add(seed.method, seed.path, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		e := ok(awsemu.New(awsemu.Options{Fixture: fixture}))(t)
		defer e.Close()
		service := "lambda"
		if strings.HasPrefix(body, "Action=") {
			service = "sts"
		}
		if strings.Contains(body, "Message") {
			service = "sqs"
		}
		if !requestable(method, path) {
			t.Skip()
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, signed(t, method, path, body, service, nil))
		checkBody(t, w)
	})
}

// requestable says whether httptest can make such a request at all.
func requestable(method, path string) (can bool) {
	defer func() { can = recover() == nil }()
	httptest.NewRequest(method, path, nil)
	return true
}

// checkBody makes sure that whatever happened the answer can be read.
func checkBody(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	switch kind := w.Header().Get("Content-Type"); kind {
	case "":
		if w.Body.Len() > 0 {
			t.Errorf("a body without a type: %q", w.Body)
		}
	case "application/json":
		if w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("not JSON: %q", w.Body)
		}
	case "text/xml":
		for d := xml.NewDecoder(w.Body); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("not XML: %v", err)
			}
		}
	default:
		t.Errorf("Content-Type %q", kind)
	}
}

// post sends a form without a signature.
func post(e *awsemu.Emulator, form map[string]string) *httptest.ResponseRecorder {
	values := url.Values{"Version": {"2011-06-15"}}
	for name, value := range form {
		values.Set(name, value)
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}
