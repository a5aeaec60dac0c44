package flows

import (
	"fmt"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	tests := map[string]struct {
		secrets    []string
		text, want string
	}{
		"none":                 {nil, "nothing to hide", "nothing to hide"},
		"in the middle":        {[]string{"password1"}, "a password1 b", "a *** b"},
		"at both ends":         {[]string{"password1"}, "password1 and password1", "*** and ***"},
		"beside itself":        {[]string{"password1"}, "password1password1", "******"},
		"one within another":   {[]string{"password1", "password1-long"}, "password1-long, password1", "***, ***"},
		"the other way round":  {[]string{"password1-long", "password1"}, "password1-long, password1", "***, ***"},
		"one inside another":   {[]string{"inner-secret", "x-inner-secret-x"}, "x-inner-secret-x", "***"},
		"shorter than a word":  {[]string{"short"}, "short", "short"},
		"of the least length":  {[]string{"12345678"}, "<12345678>", "<***>"},
		"text that is shorter": {[]string{"12345678"}, "1234567", "1234567"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var r redactor
			for _, secret := range test.secrets {
				r.add(secret)
			}
			if got := r.text(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// BenchmarkRedact: a new secret for each text, as a loop over many makes them.
func BenchmarkRedact(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var r redactor
			for i := range n {
				r.add(fmt.Sprintf("secret-number-%d", i))
			}
			text := strings.Repeat("some text of a log line, ", 8) + "secret-number-7"
			b.SetBytes(int64(len(text)))
			for i := 0; b.Loop(); i++ {
				r.text(text)
			}
		})
	}
}
