package protocol_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/botocore"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/protocol"
)

// shared are the cases that are published with botocore, beside the checkout.
const shared = "../../../../../shared/conformance/aws-protocols"

type suite struct {
	botocore.API
	Description    string
	ClientEndpoint string
	Cases          []testCase
}

type testCase struct {
	ID         string
	Given      json.RawMessage
	Params     map[string]any
	Serialized struct {
		Method, URI, Host             string
		Body                          *string
		Headers                       map[string]string
		RequireHeaders, ForbidHeaders []string
	}
	Response struct {
		StatusCode int `json:"status_code"`
		Headers    map[string]string
		Body       string
	}
	Result       map[string]any
	Error        map[string]any
	ErrorCode    string
	ErrorMessage string
}

func same(name string) string { return name }

// TestPublishedSample runs a few of the published cases, which stand in the
// repository; TestPublished runs all.
func TestPublishedSample(t *testing.T) { runAll(t, "testdata/published") }

func TestPublished(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skip("the published cases are not beside the checkout: ../shared/conformance/aws-protocols")
	}
	runAll(t, shared)
}

func runAll(t *testing.T, dir string) {
	for _, side := range []string{"input", "output"} {
		files, err := filepath.Glob(filepath.Join(dir, side, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no cases in %s: %v", dir, err)
		}
		total, failing := 0, 0
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var suites []suite
			if err := json.Unmarshal(text, &suites); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			file := strings.TrimSuffix(filepath.Base(path), ".json")
			for i := range suites {
				for _, c := range suites[i].Cases {
					total++
					err := runCase(&suites[i], c, side)
					if err != nil {
						failing++
					}
					key := side + "/" + file + "/" + c.ID
					reason, listed := exceptions[key]
					switch {
					case err == nil && listed:
						t.Errorf("%s passes, but is listed: %s", key, reason)
					case err != nil && !listed:
						t.Errorf("%s: %v", key, err)
					}
				}
			}
		}
		t.Logf("%s: %d cases, %d do not pass", side, total, failing)
	}
}

func runCase(s *suite, c testCase, side string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	api := s.API
	if err := json.Unmarshal([]byte(`{"`+nameOf(c)+`":`+string(c.Given)+`}`), &api.Operations); err != nil {
		return err
	}
	svc := api.Service()
	p, err := protocol.New(svc, protocol.Spelling{In: same, Out: same})
	if err != nil {
		return err
	}
	o := svc.Operation(nameOf(c))
	op := p.Operation(o)
	ctx := middleware.WithOperationName(context.Background(), o.Name)
	if side == "input" {
		return checkInput(ctx, s, svc, o, op, c)
	}
	return checkOutput(ctx, svc, o, op, c)
}

func nameOf(c testCase) string {
	var given struct{ Name string }
	_ = json.Unmarshal(c.Given, &given)
	if given.Name == "" {
		return "OperationName"
	}
	return given.Name
}

func checkInput(ctx context.Context, s *suite, svc *model.Service, o *model.Operation, op *protocol.Operation, c testCase) error {
	params, _ := c.Params, error(nil)
	if o.Input != model.None {
		params, _ = toFlow(svc, o.Input, c.Params).(map[string]any)
	}
	base := s.ClientEndpoint
	if base == "" {
		base = "https://host"
	}
	req := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	protocol.FillTokens(svc, o, params, "00000000-0000-4000-8000-000000000000")
	if err := op.Write(ctx, params, nil, req); err != nil {
		return err
	}
	req.URL.Scheme, req.URL.Host, req.URL.Path = u.Scheme, u.Host, strings.TrimSuffix(u.Path, "/")+req.URL.Path
	if u.Path != "" {
		req.URL.RawPath = ""
	}
	var body []byte
	if r := req.GetStream(); r != nil {
		if body, err = io.ReadAll(r); err != nil {
			return err
		}
	}
	return compareRequest(svc.Protocol, req, body, c)
}

func compareRequest(protocol string, req *smithyhttp.Request, body []byte, c testCase) error {
	want := c.Serialized
	if want.Method != "" && req.Method != want.Method {
		return fmt.Errorf("method %s, want %s", req.Method, want.Method)
	}
	wantPath, wantQuery, _ := strings.Cut(want.URI, "?")
	if path := req.URL.EscapedPath(); path != wantPath {
		return fmt.Errorf("path %s, want %s", path, wantPath)
	}
	if d := cmp.Diff(query(wantQuery), query(req.URL.RawQuery)); d != "" {
		return fmt.Errorf("query (-want +got) %s", d)
	}
	for name, v := range want.Headers {
		if got := strings.Join(req.Header.Values(name), ", "); got != v {
			return fmt.Errorf("header %s is %q, want %q", name, got, v)
		}
	}
	for _, name := range want.RequireHeaders {
		if req.Header.Get(name) == "" && !strings.EqualFold(name, "Content-Length") {
			return fmt.Errorf("no header %s", name)
		}
	}
	for _, name := range want.ForbidHeaders {
		if req.Header.Get(name) != "" {
			return fmt.Errorf("header %s is there", name)
		}
	}
	if want.Body == nil {
		return nil
	}
	return compareBody(protocol, string(body), *want.Body, strings.Contains(c.ID, "Map"))
}

func query(text string) []string {
	if text == "" {
		return nil
	}
	parts := strings.Split(text, "&")
	for i, p := range parts {
		name, v, _ := strings.Cut(p, "=")
		parts[i] = name + "=" + v // a name alone is an empty value
	}
	sort.Strings(parts)
	return parts
}

// letters are those of a text, in order: equal where only the entries of a map
// stand in another order.
func letters(text string) string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '{' || r == '}' })
	sort.Strings(parts)
	return strings.Join(parts, " ")
}

func compareBody(protocol, got, want string, unordered bool) error {
	switch {
	case protocol == "smithy-rpc-v2-cbor":
		raw, err := base64.StdEncoding.DecodeString(want)
		if err != nil {
			return err
		}
		if string(raw) == got {
			return nil
		}
		a, err := cbor.Decode(raw)
		if err != nil {
			return err
		}
		b, err := cbor.Decode([]byte(got))
		if err != nil {
			return err
		}
		if d := cmp.Diff(flatCBOR(a), flatCBOR(b)); d != "" {
			return fmt.Errorf("body (-want +got) %s", d)
		}
		return nil
	case strings.HasSuffix(protocol, "json"):
		var a, b any
		if json.Unmarshal([]byte(want), &a) != nil || json.Unmarshal([]byte(got), &b) != nil {
			if want != got {
				return fmt.Errorf("body %q, want %q", got, want)
			}
			return nil
		}
		if d := cmp.Diff(a, b); d != "" {
			return fmt.Errorf("body (-want +got) %s", d)
		}
		return nil
	case protocol == "rest-xml":
		if got == want {
			return nil
		}
		if a, b := flatXML(want), flatXML(got); a != b && (!unordered || letters(a) != letters(b)) {
			return fmt.Errorf("body\n got %s\nwant %s", b, a)
		}
		return nil
	default:
		if d := cmp.Diff(query(strings.Join(strings.Fields(want), "")), query(got)); d != "" {
			return fmt.Errorf("body (-want +got) %s", d)
		}
		return nil
	}
}

// flatCBOR returns what cbor.Decode gives as plain values, and all numbers alike.
func flatCBOR(v cbor.Value) any {
	switch x := v.(type) {
	case cbor.Map:
		m := map[string]any{}
		for k, e := range x {
			m[k] = flatCBOR(e)
		}
		return m
	case cbor.List:
		l := make([]any, len(x))
		for i, e := range x {
			l[i] = flatCBOR(e)
		}
		return l
	case cbor.Uint:
		return fmt.Sprint(uint64(x))
	case cbor.NegInt:
		return fmt.Sprintf("-%d", uint64(x))
	case cbor.Float32:
		return fmt.Sprint(float64(x))
	case cbor.Float64:
		return fmt.Sprint(float64(x))
	case *cbor.Tag:
		return []any{"tag", x.ID, flatCBOR(x.Value)}
	default:
		return fmt.Sprintf("%T %v", v, v)
	}
}

// flatXML returns an element with the order of elements of different names left
// out, since it does not matter.
func flatXML(text string) string {
	d := xml.NewDecoder(strings.NewReader(text))
	var read func(start xml.StartElement) string
	read = func(start xml.StartElement) string {
		var attrs []string
		for _, a := range start.Attr {
			attrs = append(attrs, a.Name.Space+":"+a.Name.Local+"="+a.Value)
		}
		sort.Strings(attrs)
		var children []string
		var data string
		for {
			tok, err := d.Token()
			if err != nil {
				return "broken: " + err.Error()
			}
			switch x := tok.(type) {
			case xml.StartElement:
				children = append(children, read(x))
			case xml.CharData:
				data += string(x)
			case xml.EndElement:
				if len(children) > 0 {
					data = strings.TrimSpace(data)
				}
				slices.SortStableFunc(children, func(a, b string) int {
					an, _, _ := strings.Cut(a, "[")
					bn, _, _ := strings.Cut(b, "[")
					return strings.Compare(an, bn)
				})
				return start.Name.Local + "[" + strings.Join(attrs, " ") + "]{" + data + strings.Join(children, "") + "}"
			}
		}
	}
	for {
		tok, err := d.Token()
		if err != nil {
			return text
		}
		if start, ok := tok.(xml.StartElement); ok {
			return read(start)
		}
	}
}

func checkOutput(ctx context.Context, svc *model.Service, o *model.Operation, op *protocol.Operation, c testCase) error {
	body := []byte(c.Response.Body)
	if svc.Protocol == "smithy-rpc-v2-cbor" {
		var err error
		if body, err = base64.StdEncoding.DecodeString(c.Response.Body); err != nil {
			return err
		}
	}
	resp := &smithyhttp.Response{Response: &http.Response{
		StatusCode: c.Response.StatusCode, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}}
	for k, v := range c.Response.Headers {
		resp.Header.Set(k, v)
	}
	got, stream, err := op.Read(ctx, resp)
	if c.Error != nil {
		return checkError(svc, err, c)
	}
	if err != nil {
		return err
	}
	if stream != nil {
		name, _ := op.StreamsOut()
		b, err := io.ReadAll(stream)
		if err != nil {
			return err
		}
		if len(b) > 0 {
			got[name] = b
		}
	}
	var plain any = map[string]any{}
	if o.Output != model.None {
		plain = fromFlow(svc, o.Output, got)
	}
	if d := cmp.Diff(normal(c.Result), plain); d != "" {
		return fmt.Errorf("result (-want +got) %s", d)
	}
	return nil
}

func checkError(svc *model.Service, err error, c testCase) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Errorf("error %v, want the code %s", err, c.ErrorCode)
	}
	if api.ErrorCode() != c.ErrorCode {
		return fmt.Errorf("code %s, want %s", api.ErrorCode(), c.ErrorCode)
	}
	if c.ErrorMessage != "" && api.ErrorMessage() != c.ErrorMessage {
		return fmt.Errorf("message %q, want %q", api.ErrorMessage(), c.ErrorMessage)
	}
	modelled, ok := api.(*protocol.APIError)
	if !ok {
		if len(c.Error) > 0 {
			return fmt.Errorf("the error is not of the model: %T", api)
		}
		return nil
	}
	want := normal(c.Error).(map[string]any)
	delete(want, "Message")
	delete(want, "message")
	got := map[string]any{}
	for i := range svc.Shapes {
		if svc.Shapes[i].Name == modelled.ModelName() {
			got, _ = fromFlow(svc, i, modelled.ModelDetails()).(map[string]any)
		}
	}
	if d := cmp.Diff(want, got); d != "" && len(want)+len(got) > 0 {
		return fmt.Errorf("error (-want +got) %s", d)
	}
	return nil
}

// toFlow returns the values of a case as values of flows.
func toFlow(s *model.Service, shape int, v any) any {
	shp := &s.Shapes[shape]
	if shp.Flags&model.Document != 0 {
		return normal(v)
	}
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = e
			for i, m := range shp.Members {
				if shp.Kind == model.Structure && m.Name == k || shp.Kind == model.Map && i == 1 {
					out[k] = toFlow(s, m.Shape, e)
					if m.Flags&model.JSONValue != 0 {
						out[k] = normal(e)
					}
				}
			}
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = toFlow(s, shp.Members[0].Shape, e)
		}
		return out
	case string:
		if shp.Kind == model.Blob {
			return []byte(x)
		}
		return x
	case float64:
		if shp.Kind == model.Timestamp {
			return time.UnixMilli(int64(math.Round(x * 1000))).UTC().Format(time.RFC3339Nano)
		}
		if shp.Kind == model.Float || shp.Kind == model.Double {
			return x
		}
		return int64(x)
	default:
		return v
	}
}

// fromFlow returns values of flows as a case has them.
func fromFlow(s *model.Service, shape int, v any) any {
	shp := &s.Shapes[shape]
	if shp.Flags&model.Document != 0 {
		return normal(v)
	}
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			if e == nil && shp.Kind == model.Structure {
				continue
			}
			out[k] = normal(e)
			for i, m := range shp.Members {
				if shp.Kind == model.Structure && m.Name == k || shp.Kind == model.Map && i == 1 {
					out[k] = fromFlow(s, m.Shape, e)
					if m.Flags&model.JSONValue != 0 {
						out[k] = normal(e)
					}
				}
			}
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = fromFlow(s, shp.Members[0].Shape, e)
		}
		return out
	case string:
		if shp.Kind == model.Timestamp {
			t, err := time.Parse(time.RFC3339Nano, x)
			if err != nil {
				return err.Error()
			}
			return float64(t.UnixMilli()) / 1000
		}
		return x
	case float64:
		if shp.Kind == model.Float && !math.IsNaN(x) && !math.IsInf(x, 0) {
			return math.Round(x*1e6) / 1e6
		}
	}
	return normal(v)
}

// normal makes values alike that JSON cannot tell apart.
func normal(v any) any {
	switch x := v.(type) {
	case int64:
		return float64(x)
	case []byte:
		return string(x)
	case float64:
		switch {
		case math.IsNaN(x):
			return "NaN"
		case math.IsInf(x, 1):
			return "Infinity"
		case math.IsInf(x, -1):
			return "-Infinity"
		}
		return x
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = normal(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = normal(e)
		}
		return out
	}
	return v
}
