package schema_test

import (
	"testing"

	"github.com/medlar-flow/medlar/schema"
)

func TestKeysNever(t *testing.T) {
	const why, lower = "it holds credentials", "its names are in lower case"
	request := &schema.Keys{Lower: true, Withheld: []string{"cookie"}, Why: why}
	for _, test := range []struct {
		keys             *schema.Keys
		name, why, spelt string
	}{
		{nil, "Cookie", "", ""},
		{&schema.Keys{}, "Cookie", "", ""},
		{&schema.Keys{Withheld: []string{"cookie"}, Why: why}, "cookie", why, ""},
		{&schema.Keys{Withheld: []string{"cookie"}, Why: why}, "Cookie", "", ""},
		{schema.LowerKeys, "etag", "", ""},
		{schema.LowerKeys, "", "", ""},
		{schema.LowerKeys, "ETag", lower, "etag"},
		{request, "accept", "", ""},
		{request, "Accept", lower, "accept"},
		{request, "cookie", why, ""},
		{request, "Cookie", why, ""},
	} {
		if why, spelt := test.keys.Never(test.name); why != test.why || spelt != test.spelt {
			t.Errorf("%+v: %q: got %q and %q, want %q and %q", test.keys, test.name, why, spelt, test.why, test.spelt)
		}
	}
}
