package http

import (
	"bytes"
	"compress/gzip"
	nethttp "net/http"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// How bodies may be compressed, and what is said of those that cannot be read.
func TestEncodings(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(`{"a": "` + strings.Repeat("x", 100) + `"}`))
	_ = w.Close()
	whole := packed.Bytes()
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-6] ^= 1 // the sum
	const no = "the body is not the gzip that its Content-Encoding says, or it is damaged"
	unread := func(name string) string { return "the body is compressed with " + name + ", which is not read" }
	for name, test := range map[string]struct {
		encoding string
		body     []byte
		in       params
		want     string // of the failure; empty for none
		class    connector.Class
	}{
		"gzip":            {"gzip", whole, nil, "", ""},
		"x-gzip":          {"x-gzip", whole, nil, "", ""},
		"GZIP, asked for": {"GZIP", whole, params{"headers": params{"Accept-Encoding": "gzip"}}, "", ""},
		"identity":        {"identity", []byte("{}"), nil, "", ""},
		"no gzip":         {"gzip", []byte(`{"a": 1}`), nil, no, connector.ClassUnavailable},
		"cut":             {"gzip", whole[:len(whole)-10], nil, no, connector.ClassUnavailable},
		"cut, asked for":  {"gzip", whole[:12], params{"headers": params{"Accept-Encoding": "gzip"}}, no, connector.ClassUnavailable},
		"damaged":         {"gzip", damaged, nil, no, connector.ClassUnavailable},
		"br":              {"br", []byte("\x0b\x02"), params{"headers": params{"Accept-Encoding": "br"}}, unread("br"), connector.ClassInvalid},
		"br, as bytes":    {"br", []byte("\x0b\x02"), params{"readAs": "bytes"}, "", ""},
		"zstd as text":    {"zstd", []byte("x"), params{"readAs": "text"}, unread("zstd"), connector.ClassInvalid},
		"gzip and br":     {"gzip, br", []byte("x"), nil, unread("br"), connector.ClassInvalid},
		"br of nothing":   {"br", nil, nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server, _ := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Content-Encoding", test.encoding)
				_, _ = w.Write(test.body)
			})
			in := params{"url": server.URL}
			for k, v := range test.in {
				in[k] = v
			}
			if test.want == "" {
				if _, err := call(t.Context(), t, nil, in); err != nil {
					t.Error(err)
				}
				return
			}
			if e := failed(t, nil, in); e.Code != codeAnswer || e.Class != test.class || !strings.Contains(e.Message, test.want) {
				t.Errorf("%s %s %q", e.Code, e.Class, e.Message)
			}
		})
	}
}
