package schema_test

import (
	"testing"

	"github.com/medlar-flow/medlar/schema"
)

func TestIsIdentifier(t *testing.T) {
	for text, want := range map[string]bool{
		"a": true, "_": true, "aB_9": true, "Z": true, "": false, "9a": false, "a-b": false, "a.b": false, "ä": false,
		"@": false, "[": false, "`": false, "{": false, "a ": false,
	} {
		if got := schema.IsIdentifier(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
