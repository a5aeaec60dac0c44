package auth_test

import (
	"slices"
	"testing"

	"github.com/medlar-flow/medlar/serve/auth"
)

func TestPrivateHeaders(t *testing.T) {
	all := auth.PrivateHeaders(nil)
	if !slices.Contains(all, "authorization") || !slices.Contains(all, "x-api-key") {
		t.Errorf("got %v", all)
	}
	for name, test := range map[string]struct {
		fields map[string]any
		more   []string
	}{
		"a bearer":          {map[string]any{"bearer": "x"}, nil},
		"a key":             {map[string]any{"apiKey": map[string]any{"keys": []any{"x"}}}, nil},
		"a header":          {map[string]any{"apiKey": map[string]any{"header": "X-Shop"}}, []string{"x-shop"}},
		"a header of these": {map[string]any{"apiKey": map[string]any{"header": "X-API-KEY"}}, nil},
	} {
		if got := auth.PrivateHeaders(test.fields); !slices.Equal(got, append(slices.Clone(all), test.more...)) {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
