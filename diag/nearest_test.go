package diag

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	tests := []struct {
		name       string
		given      string
		candidates []string
		want       string // empty: none
	}{
		{"one letter less", "functionNam", []string{"functionName", "functionVersion"}, "functionName"},
		{"the spelling that is closer in case", "functionNam", []string{"FunctionName", "functionName"}, "functionName"},
		{"the other spelling that is closer in case", "FunctionNam", []string{"FunctionName", "functionName"}, "FunctionName"},
		{"closer without case beats closer with it", "FUNCTIONNAME", []string{"functionName", "FUNCTIO"}, "functionName"},
		{"case and hyphens alone", "Function_Name", []string{"function", "functionName"}, "functionName"},
		{"hyphens decide between equals", "log-typ", []string{"logType", "log-type"}, "log-type"},
		{"neighbours swapped", "nmae", []string{"mode", "name"}, "name"},
		{"the first of equals", "ab", []string{"ad", "ac"}, "ac"},
		{"too far", "payload", []string{"region", "qualifier"}, ""},
		{"the limit grows with the name", "createFuncton", []string{"createAlias", "createFunction"}, "createFunction"},
		{"no candidates", "x", nil, ""},
		{"no name", "", []string{"a", "b"}, ""},
		{"empty candidate", "a", []string{""}, ""},
		{"itself", "name", []string{"name", "Name"}, "name"},
		{"umlauts count once", "grüsse", []string{"grösse"}, "grösse"},
		{"long names are left", strings.Repeat("a", 300), []string{strings.Repeat("a", 299)}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Nearest(tt.given, tt.candidates)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("Nearest(%q) = %q, %t, want %q", tt.given, got, ok, tt.want)
			}
		})
	}
}

func TestSuggest(t *testing.T) {
	many := make([]string, 25)
	for i := range many {
		many[i] = "n" + strings.Repeat("x", i)
	}
	tests := []struct {
		name, given string
		candidates  []string
		want        string
	}{
		{"near", "nam", []string{"name", "mode"}, `did you mean "name"? it takes: name, mode`},
		{"far", "payload", []string{"name", "mode"}, "it takes: name, mode"},
		{"nothing there", "payload", nil, ""},
		{"many", "zzzzzz", many, "it takes: " + strings.Join(many[:20], ", ") + ", …"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Suggest(tt.given, tt.candidates, "it takes"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A name that is there is found, and the order of the candidates is nothing.
func TestNearestProperties(t *testing.T) {
	names := rapid.StringMatching(`[a-cA-C_-]{1,6}`)
	rapid.Check(t, func(t *rapid.T) {
		candidates := rapid.SliceOfN(names, 1, 6).Draw(t, "candidates")
		name := names.Draw(t, "name")
		got, ok := Nearest(name, candidates)
		if ok != slices.Contains(candidates, got) {
			t.Fatalf("Nearest gives %q, %t", got, ok)
		}
		if slices.Contains(candidates, name) && got != name {
			t.Fatalf("Nearest gives %q for a name that is there", got)
		}
		reversed := slices.Clone(candidates)
		slices.Reverse(reversed)
		if again, _ := Nearest(name, reversed); again != got {
			t.Fatalf("Nearest gives %q, and %q in another order", got, again)
		}
	})
}

func TestDistanceProperties(t *testing.T) {
	texts := rapid.SliceOfN(rapid.RuneFrom([]rune("abä")), 0, 7)
	rapid.Check(t, func(t *rapid.T) {
		a, b := texts.Draw(t, "a"), texts.Draw(t, "b")
		d := distance(a, b, 100)
		if back := distance(b, a, 100); back != d {
			t.Fatalf("%d one way, %d the other", d, back)
		}
		if (d == 0) != slices.Equal(a, b) || d > max(len(a), len(b)) {
			t.Fatalf("distance %d", d)
		}
		limit := rapid.IntRange(1, 8).Draw(t, "limit")
		if got := distance(a, b, limit); got != min(d, limit) {
			t.Fatalf("with the limit %d: %d, want %d", limit, got, min(d, limit))
		}
	})
}
