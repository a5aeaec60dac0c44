package check

import "testing"

func TestContainsWord(t *testing.T) {
	tests := []struct {
		text, word string
		want       bool
	}{
		{"${ctx.n != null}", "n", true},
		{"${ctx.count > 2 && ctx.name != 'x'}", "n", false},
		{"${ctx.count > 2 && ctx.n > 1}", "n", true},
		{"${ctx.nn}", "n", false},
		{"${ctx.nnn}", "nn", false},
		{"${ctx.n_1}", "n", false},
		{"${ctx['a-b']}", "a-b", true},
		{"${ctx['a-bc']}", "a-b", false},
		{"${ctx['xa b']}", "a b", false},
		{"${ctx['größe']}", "größe", true},
		{"${ctx['größe']}", "gr", true}, // whatever is no letter of ASCII may end a word
		{"n", "n", true},
		{"", "n", false},
		{"${item}", "", true},
	}
	for _, tt := range tests {
		if got := containsWord(tt.text, tt.word); got != tt.want {
			t.Errorf("containsWord(%q, %q) = %v", tt.text, tt.word, got)
		}
	}
}
