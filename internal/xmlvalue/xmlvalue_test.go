package xmlvalue

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func free(int) error { return nil }

func TestDecode(t *testing.T) {
	tests := map[string]struct {
		text  string
		lists map[string]bool
		want  map[string]any
	}{
		"text":           {"<a>b</a>", nil, map[string]any{"a": "b"}},
		"nothing":        {"<a/>", nil, map[string]any{"a": ""}},
		"a list":         {"<a><b>1</b><b>2</b></a>", nil, map[string]any{"a": map[string]any{"b": []any{"1", "2"}}}},
		"a list of one":  {"<a><b>1</b></a>", map[string]bool{"b": true}, map[string]any{"a": map[string]any{"b": []any{"1"}}}},
		"attributes":     {`<s:a xmlns:s="u" k="v">t</s:a>`, nil, map[string]any{"s:a": map[string]any{"@xmlns:s": "u", "@k": "v", "#text": "t"}}},
		"the top a list": {"<a>b</a>", map[string]bool{"a": true}, map[string]any{"a": []any{"b"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(test.text, test.lists, free)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	for _, text := range []string{"", "a", "<a>", "<a/><b/>", `<a b="1" b="2"/>`, "<a/>x"} {
		if got, err := Decode(text, nil, free); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

// What is read and is written again is the same value.
func TestEncode(t *testing.T) {
	for _, text := range []string{"<a>b</a>", `<a k="v&#xD;"><b>1</b><b>2</b><c/></a>`, "<p:a>x &lt; y</p:a>"} {
		v, err := Decode(text, nil, free)
		if err != nil {
			t.Fatal(err)
		}
		written, err := Encode(v, free)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(written, nil, free)
		if diff := cmp.Diff(v, again); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", written, err, diff)
		}
	}
}

// Memory is asked for before it is taken.
func TestMemory(t *testing.T) {
	full := errors.New("full")
	if _, err := Decode("<a><b/></a>", nil, func(int) error { return full }); !errors.Is(err, full) {
		t.Errorf("reading gives %v", err)
	}
	if _, err := Encode(map[string]any{"a": "b"}, func(int) error { return full }); !errors.Is(err, full) {
		t.Errorf("writing gives %v", err)
	}
}
