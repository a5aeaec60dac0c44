package http

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime"
	"mime/multipart"
	nethttp "net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
)

// part is a part of a form as a server sees it.
type part struct{ name, file, kind, text string }

func TestMultipart(t *testing.T) {
	server, sent := serve(t, nil)
	_, err := call(t.Context(), t, nil, params{"url": server.URL, "method": "POST", "multipart": []any{
		params{"name": "title", "content": "Grüße"},
		params{"name": "count", "content": int64(3)},
		params{"name": "map", "content": params{"a": true}},
		params{"name": "doc", "content": []byte{0, 1, 2}, "filename": `a "b".pdf`, "contentType": "application/pdf"},
		params{"name": "notes", "content": "x", "filename": "notes.txt"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	r, body := sent.last(t)
	kind, given, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		t.Fatalf("the type is %s (%v)", kind, err)
	}
	var got []part
	for reader := multipart.NewReader(strings.NewReader(body), given["boundary"]); ; {
		p, err := reader.NextPart()
		if err == io.EOF { //nolint:errorlint // it is io's own
			break
		} else if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(p)
		got = append(got, part{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(text)})
	}
	want := []part{
		{"title", "", "", "Grüße"},
		{"count", "", "application/json", "3"},
		{"map", "", "application/json", `{"a":true}`},
		{"doc", "a %22b%22.pdf", "application/pdf", "\x00\x01\x02"},
		{"notes", "notes.txt", "text/plain; charset=utf-8", "x"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(part{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Bodies go compressed where the flow says so, and come compressed or not.
func TestCompressed(t *testing.T) {
	server, sent := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed(t, `{"a": 1}`))
	})
	for _, headers := range []params{nil, {"Accept-Encoding": "gzip, br"}} {
		got, err := call(t.Context(), t, nil, params{"url": server.URL, "method": "POST", "body": params{"b": int64(2)}, "compress": "gzip", "headers": headers})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(params{"a": int64(1)}, got["body"]); diff != "" {
			t.Errorf("with %v the body is (-want +got):\n%s", headers, diff)
		}
		r, body := sent.last(t)
		unpacked, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(unpacked)
		if string(text) != `{"b":2}` || err != nil || r.Header.Get("Content-Encoding") != "gzip" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("sent %q (%v), %v", text, err, r.Header)
		}
	}
	failure := failed(t, nil, params{"url": server.URL, "method": "POST", "body": "x", "maxResponseBytes": int64(3), "headers": params{"Accept-Encoding": "gzip"}})
	if failure.Code != codeTooLarge {
		t.Errorf("a large answer is %v", failure)
	}
	if failure := failed(t, nil, params{"url": server.URL, "compress": "gzip"}); failure.Code != codeParameters {
		t.Errorf("no body to compress is %v", failure)
	}
}

func TestXML(t *testing.T) {
	server, sent := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		if r.URL.Path == "/broken" {
			_, _ = w.Write([]byte("<a><b></a>"))
			return
		}
		_, _ = w.Write([]byte(`<answer id="7"><item>pen</item><item>ink</item></answer>`))
	})
	got, err := call(t.Context(), t, nil, params{
		"url": server.URL, "method": "POST", "readAs": "xml", "xml": params{"order": params{"@id": int64(1), "item": []any{"a", "b"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(params{"answer": params{"@id": "7", "item": []any{"pen", "ink"}}}, got["body"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r, body := sent.last(t)
	want := `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<order id="1"><item>a</item><item>b</item></order>`
	if body != want || r.Header.Get("Content-Type") != "application/xml" {
		t.Errorf("sent %s as %s", body, r.Header.Get("Content-Type"))
	}
	if failure := failed(t, nil, params{"url": server.URL + "/broken", "readAs": "xml"}); failure.Code != codeAnswer {
		t.Errorf("a broken document is %v", failure)
	}
	if failure := failed(t, nil, params{"url": server.URL, "xml": params{"a": int64(1), "b": int64(2)}}); failure.Code != codeParameters {
		t.Errorf("two elements at the top are %v", failure)
	}
}

// What an answer is read as.
func TestReadAs(t *testing.T) {
	server, _ := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write([]byte(`{"a": 1}`))
	})
	for as, want := range map[string]any{
		"auto": []byte(`{"a": 1}`), "json": params{"a": int64(1)}, "text": `{"a": 1}`, "bytes": []byte(`{"a": 1}`),
	} {
		got, err := call(t.Context(), t, nil, params{"url": server.URL, "readAs": as})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got["body"]); diff != "" {
			t.Errorf("as %s (-want +got):\n%s", as, diff)
		}
	}
}

func TestTwoBodies(t *testing.T) {
	for name, test := range map[string]struct {
		given params
		want  int
	}{
		"one":           {params{"xml": params{"a": "b"}}, 0},
		"body and xml":  {params{"body": "x", "xml": params{"a": "b"}}, 1},
		"an unknown":    {params{"form": connector.Unknown{}, "multipart": []any{}}, 1},
		"null is none":  {params{"body": nil, "multipart": []any{}}, 0},
		"three of them": {params{"body": "x", "form": params{}, "multipart": []any{}}, 1},
	} {
		test.given["url"] = "https://example.com/"
		if got := checkRequest(connector.Given{Params: test.given}); len(got) != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
