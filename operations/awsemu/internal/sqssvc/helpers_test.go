package sqssvc

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/entropy"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

type m = map[string]any

// rig is an SQS with a clock that the test moves.
type rig struct {
	*API
	t       *testing.T
	closing chan struct{}

	mu  sync.Mutex
	now time.Time
}

func newRig(t *testing.T, declared ...Declared) *rig {
	r := &rig{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), closing: make(chan struct{})}
	r.API = New(Options{Clock: r.clock, Entropy: entropy.New(rand.Reader), Closing: r.closing, Declared: declared})
	return r
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// do makes a call, answered as it goes over the wire.
func (r *rig) do(req *http.Request, body []byte) (service.Answer, string) {
	c := &service.Call{
		HTTP: req, Body: body, Query: req.URL.Query(), Region: "eu-west-1", Now: r.clock(), RequestID: "id",
		Caller: access.Identity{Account: "000000000000", UserID: "AIDA"},
	}
	op := r.Route(c)
	result, err := op.Handle(c)
	if err != nil {
		failed := service.AsAPIError(err)
		return r.EncodeError(c, failed), failed.Code
	}
	out, err := r.Encode(c, op, result)
	if err != nil {
		r.t.Error(err)
	}
	return out, ""
}

func (r *rig) request(operation string, input any) (*http.Request, []byte) {
	body, err := json.Marshal(input)
	if err != nil {
		r.t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://127.0.0.1:4566/", bytes.NewReader(body))
	req.Header.Set("X-Amz-Target", "AmazonSQS."+operation)
	req.Header.Set("X-Amzn-Query-Mode", "true")
	return req, body
}

// call makes a call of the JSON protocol; code is that of the error.
func (r *rig) call(operation string, input any) (out m, code string) {
	answer, code := r.do(r.request(operation, input))
	if len(answer.Body) > 0 {
		if err := json.Unmarshal(answer.Body, &out); err != nil {
			r.t.Errorf("%s: %v in %s", operation, err, answer.Body)
		}
	}
	return out, code
}

// must makes a call that has to succeed.
func (r *rig) must(operation string, input any) m {
	r.t.Helper()
	out, code := r.call(operation, input)
	if code != "" {
		r.t.Fatalf("%s(%v) fails with %s: %v", operation, input, code, out["message"])
	}
	return out
}

// query makes a call of the query protocol.
func (r *rig) query(form url.Values) (text, code string) {
	body := form.Encode()
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://127.0.0.1:4566/", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, code := r.do(req, []byte(body))
	return string(answer.Body), code
}

// queue makes a queue, and returns its URL.
func (r *rig) queue(name string, attributes m) string {
	r.t.Helper()
	url, _ := r.must("CreateQueue", m{"QueueName": name, "Attributes": attributes})["QueueUrl"].(string)
	return url
}

// bodies receives up to ten messages, and returns their bodies.
func (r *rig) bodies(url string) string {
	r.t.Helper()
	var list []string
	for _, one := range r.messages(url, 10) {
		list = append(list, one["Body"].(string))
	}
	return strings.Join(list, " ")
}

func (r *rig) messages(url string, most int) []m {
	r.t.Helper()
	var list []m
	found, _ := r.must("ReceiveMessage", m{
		"QueueUrl": url, "MaxNumberOfMessages": most, "MessageSystemAttributeNames": []string{"All"}, "MessageAttributeNames": []string{"All"},
	})["Messages"].([]any)
	for _, one := range found {
		list = append(list, one.(m))
	}
	return list
}

func (r *rig) send(url, body string, more m) m {
	r.t.Helper()
	in := m{"QueueUrl": url, "MessageBody": body}
	for name, v := range more {
		in[name] = v
	}
	return r.must("SendMessage", in)
}

// numbers returns how many messages can be received, are in flight, are delayed.
func (r *rig) numbers(url string) string {
	r.t.Helper()
	out, _ := r.must("GetQueueAttributes", m{"QueueUrl": url, "AttributeNames": []string{"All"}})["Attributes"].(m)
	return out["ApproximateNumberOfMessages"].(string) + " " + out["ApproximateNumberOfMessagesNotVisible"].(string) + " " + out["ApproximateNumberOfMessagesDelayed"].(string)
}

func is(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
