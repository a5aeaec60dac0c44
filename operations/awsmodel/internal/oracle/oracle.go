// Package oracle compares the requests that are made from AWS's models with
// those of the SDK's clients, for drawn parameters. It is for tests.
package oracle

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsmodel"
	"github.com/medlar-flow/medlar/schema"
)

// Result counts what became of the requests of one service.
type Result struct {
	Equal     int
	Explained map[string]int // by the reason
	Different []string
	OnlySDK   []string // operations that the model lacks
	OnlyModel []string
}

// Compare draws inputs of every operation of a service, and gives them to the
// SDK's client and to the model. known says of differences why they are none.
func Compare(t testing.TB, service string, newClient any, draws int, known func(operation, diff string) string) *Result {
	t.Helper()
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
	a, b := &recorder{}, &recorder{}
	transport := func(r *recorder) awsapi.Option {
		return awsapi.Transport(func(http.RoundTripper) http.RoundTripper { return r })
	}
	sdk := awsapi.Connector(service, newClient, transport(a), awsapi.Linger(0))
	own := awsmodel.Source(transport(b), awsapi.Linger(0)).Connector(service)
	if own == nil {
		t.Fatalf("no service %s", service)
	}
	r := &Result{Explained: map[string]int{}}
	byName := map[string]*connector.Operation{}
	for _, op := range own.Operations {
		byName[op.Name] = op
	}
	first, second := open(t, sdk), open(t, own)
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, op := range sdk.Operations {
		model := byName[op.Name]
		if model == nil {
			r.OnlySDK = append(r.OnlySDK, op.Name)
			continue
		}
		delete(byName, op.Name)
		for i := range draws {
			d := &drawer{rnd: rnd, all: i == 0, few: i == 1}
			params, ok := d.object(model.Params(), op.Params(), 0)
			if !ok || model.Refused != "" {
				r.Explained["cannot be called"]++
				continue
			}
			want, got := a.request(op, first, params), b.request(model, second, params)
			diff := want.diff(got)
			switch why := known(op.Name, diff); {
			case diff == "":
				r.Equal++
			case why != "":
				r.Explained[why]++
			default:
				r.Different = append(r.Different, fmt.Sprintf("%s %v: %s", op.Name, params, diff))
			}
		}
	}
	for name := range byName {
		if !strings.Contains(name, ".wait") {
			r.OnlyModel = append(r.OnlyModel, name)
		}
	}
	slices.Sort(r.OnlyModel)
	return r
}

func open(t testing.TB, c *connector.Connector) connector.Connection {
	t.Helper()
	params, err := c.Connection.Convert(map[string]any{
		"region": "eu-west-1", "accessKeyId": "AKID", "secretAccessKey": "secret", "maxAttempts": 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(context.Background(), connector.OpenRequest{Params: params})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// recorder keeps the last request, and answers none.
type recorder struct {
	mu   sync.Mutex
	last *request
}

var errRecorded = errors.New("recorded")

// RoundTrip keeps a request.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = &request{method: req.Method, host: req.URL.Host, path: req.URL.EscapedPath(), query: req.URL.RawQuery, header: req.Header, body: string(body)}
	}
	return nil, errRecorded
}

func (r *recorder) request(op *connector.Operation, conn connector.Connection, params map[string]any) *request {
	r.mu.Lock()
	r.last = nil
	r.mu.Unlock()
	converted, err := op.Params().Convert(params)
	if err == nil {
		_, err = op.Run(context.Background(), &connector.Call{Params: converted, Connection: conn, SingleAttempt: true, IdempotencyKey: ""})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		return &request{err: err}
	}
	return r.last
}

type request struct {
	method, host, path, query, body string
	header                          http.Header
	err                             error
}

// diff says what differs between what the SDK sends and what the model does;
// empty for nothing.
func (r *request) diff(o *request) string {
	if r.err != nil || o.err != nil {
		return fmt.Sprintf("sdk: %v, model: %v", r.err, o.err)
	}
	var out []string
	for _, part := range []struct{ name, want, got string }{
		{"method", r.method, o.method},
		{"host", r.host, o.host},
		{"path", r.path, o.path},
		{"query", sorted(r.query), sorted(o.query)},
		{"header", headers(r.header), headers(o.header)},
		{"body", normal(r.body), normal(o.body)},
	} {
		if part.want != part.got {
			out = append(out, fmt.Sprintf("%s %q, want %q", part.name, part.got, part.want))
		}
	}
	return strings.Join(out, "; ")
}

// sorted returns a query without what the SDK adds for its own statistics.
func sorted(q string) string {
	parts := slices.DeleteFunc(strings.Split(q, "&"), func(p string) bool { return strings.HasPrefix(p, "x-id=") })
	sort.Strings(parts)
	return strings.Join(parts, "&")
}

// ignored are headers that belong to the attempt, not to the operation.
var ignored = []string{
	"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "User-Agent", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request",
	"X-Amz-Content-Sha256", "Content-Length", "Accept-Encoding", "Expect", "X-Amz-Trailer", "X-Amz-Decoded-Content-Length",
}

func headers(h http.Header) string {
	var list []string
	for name, values := range h {
		name = http.CanonicalHeaderKey(name)
		if slices.Contains(ignored, name) {
			continue
		}
		list = append(list, name+"="+strings.Join(values, ","))
	}
	sort.Strings(list)
	return strings.Join(list, "\n")
}

// normal returns a body in a form in which equal ones are equal texts.
func normal(body string) string {
	var v any
	if json.Unmarshal([]byte(body), &v) == nil {
		text, _ := json.Marshal(v)
		return string(text)
	}
	if strings.HasPrefix(body, "<") {
		return xmlText(body)
	}
	return sorted(body)
}

// xmlText returns a document with the children of each element sorted by name.
func xmlText(body string) string {
	d := xml.NewDecoder(strings.NewReader(body))
	var read func() string
	read = func() string {
		var children []string
		var text string
		for {
			tok, err := d.Token()
			if err != nil {
				return text + strings.Join(children, "")
			}
			switch x := tok.(type) {
			case xml.StartElement:
				var attrs []string
				for _, a := range x.Attr {
					attrs = append(attrs, a.Name.Local+"="+a.Value)
				}
				sort.Strings(attrs)
				children = append(children, "<"+x.Name.Local+" "+strings.Join(attrs, " ")+">"+read()+"</>")
			case xml.CharData:
				text += string(x)
			case xml.EndElement:
				slices.SortStableFunc(children, func(a, b string) int {
					an, _, _ := strings.Cut(a, " ")
					bn, _, _ := strings.Cut(b, " ")
					return strings.Compare(an, bn)
				})
				return text + strings.Join(children, "")
			}
		}
	}
	return read()
}

// drawer draws parameters.
type drawer struct {
	rnd      *rand.Rand
	all, few bool // every member, or only those that are required
	n        int
}

// deepest is how deep drawn values nest.
const deepest = 4

// object draws members that both sides know.
func (d *drawer) object(s, other *schema.Schema, depth int) (map[string]any, bool) {
	out := map[string]any{}
	for _, f := range s.Fields() {
		g := other.Field(f.Name)
		switch {
		case f.Name == "paginate" || f.Name == "plain" || f.Name == "saveTo":
			continue
		case g == nil && f.Required:
			return nil, false
		case g == nil || !f.Required && !g.Required && depth >= deepest:
			continue
		case !f.Required && !g.Required && !strings.HasSuffix(f.Name, "Token") && !d.all && (d.few || d.rnd.IntN(2) == 0):
			continue
		}
		v, ok := d.value(f, g, depth)
		if !ok && (f.Required || g.Required) {
			return nil, false
		}
		if ok {
			out[f.Name] = v
		}
	}
	return out, true
}

func (d *drawer) value(f, g *schema.Field, depth int) (any, bool) {
	d.n++
	if f.Type != g.Type && !(g.Type == schema.Any && f.Type != schema.Any) && f.Type != schema.Any {
		return nil, false
	}
	switch f.Type {
	case schema.String:
		if len(f.Enum) > 0 {
			return f.Enum[d.rnd.IntN(len(f.Enum))], true
		}
		return fmt.Sprintf("t%d", d.n), true
	case schema.Integer:
		return int64(1 + d.rnd.IntN(100)), true
	case schema.Number:
		return float64(1+d.rnd.IntN(100)) / 2, true
	case schema.Boolean:
		return true, true
	case schema.Timestamp:
		return "2024-05-06T07:08:09Z", true
	case schema.Bytes:
		return []byte(fmt.Sprintf("b%d", d.n)), true
	case schema.Object:
		if g.Members == nil || depth > deepest {
			return nil, false
		}
		return d.object(f.Members, g.Members, depth+1)
	case schema.List:
		if g.Elem == nil || depth > deepest {
			return nil, false
		}
		v, ok := d.value(f.Elem, g.Elem, depth+1)
		return []any{v}, ok
	case schema.Map:
		if g.Elem == nil || depth > deepest {
			return nil, false
		}
		v, ok := d.value(f.Elem, g.Elem, depth+1)
		return map[string]any{fmt.Sprintf("k%d", d.n): v}, ok
	default:
		return d.free(f, g)
	}
}

// free draws a value of any kind: a body, or an attribute of DynamoDB.
func (d *drawer) free(f, g *schema.Field) (any, bool) {
	switch {
	case f.File || f.Name == "messageBody" || f.Name == "message":
		return fmt.Sprintf("body%d", d.n), true
	case g.Members != nil && g.Members.Field("s") != nil:
		return map[string]any{"S": fmt.Sprintf("a%d", d.n)}, true
	}
	return nil, false
}
