package temporal

import "testing"

// The name of a trigger may hold anything, and what is sent to Temporal nothing that a
// header cannot hold. No two names give one.
func TestPlainIDs(t *testing.T) {
	seen := map[string]string{}
	for name, want := range map[string]string{
		"nightly": "nightly", "schedule 30 2 * * *": "schedule 30 2 * * *", "every 15m": "every 15m",
		"é": "%C3%A9", "a\nb": "a%0Ab", "%C3%A9": "%25C3%25A9", "日": "%E6%97%A5", "\x7f": "%7F",
	} {
		if got := plainID(name); got != want || seen[got] != "" {
			t.Errorf("%q gives %q, want %q (%q)", name, got, want, seen[got])
		}
		seen[want] = name
	}
}
