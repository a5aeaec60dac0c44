package direct

import (
	"regexp"
	"testing"

	smithyrand "github.com/aws/smithy-go/rand"

	"github.com/medlar-flow/medlar/internal/uuid"
)

// A call is named as the SDK names it, and no two by one name.
func TestInvocationHeader(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	i := &invocation{}
	for n := range 1000 {
		list := i.header()
		if len(list) != 1 || cap(list) != 1 || !form.MatchString(list[0]) || seen[list[0]] {
			t.Fatalf("%q of %d calls", list, len(seen))
		}
		seen[list[0]] = true
		of := n * uuid.Bytes % len(i.random)
		sdk, err := smithyrand.NewUUID(fixed(i.random[of : of+uuid.Bytes])).GetUUID()
		if err != nil || sdk != list[0] {
			t.Fatalf("%s, where the SDK makes %s of the same bytes (%v)", list[0], sdk, err)
		}
	}
}

// fixed reads the same bytes again and again.
type fixed []byte

func (f fixed) Read(p []byte) (int, error) { return copy(p, f), nil }

func TestIsOdd(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"", false},
		{"plain", false},
		{"a\tb", false},
		{"ü€😀", false},
		{"\xff\xfe", false},
		{"a\nb", true},
		{"a\rb", true},
		{"\x00", true},
		{"del\x7f", true},
		{"\x1f", true},
		{"ü\n", true},
	} {
		if got := IsOdd(tt.text); got != tt.want {
			t.Errorf("IsOdd(%q) is %t", tt.text, got)
		}
	}
}
