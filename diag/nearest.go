package diag

import (
	"fmt"
	"slices"
	"strings"
)

// Nearest returns the candidate that name was most likely meant to be; ok is
// false where none is close. Case and the characters - and _ count for little:
// they decide between candidates that are equally close without them, and so does
// that the letters are the same in another order.
func Nearest(name string, candidates []string) (nearest string, ok bool) {
	folded, exact := fold(name), []rune(name)
	limit := max(1, len(folded)/3)
	best, bestExact := limit+1, 0
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		other := fold(c)
		d := distance(folded, other, best+1)
		if d > limit || d > best || d > 0 && d >= max(len(folded), len(other)) { // nothing is alike
			continue
		}
		spelt := 2 * distance(exact, []rune(c), len(c)+len(name)+1)
		if sameLetters(folded, other) {
			spelt--
		}
		if d < best || spelt < bestExact {
			best, bestExact, nearest = d, spelt, c
		}
	}
	return nearest, best <= limit
}

// DidYouMean returns `did you mean "x"?`, or "" where nothing is close.
func DidYouMean(name string, candidates []string) string {
	if nearest, ok := Nearest(name, candidates); ok {
		return fmt.Sprintf("did you mean %q?", nearest)
	}
	return ""
}

// Suggest puts DidYouMean before a list of what there is. label says what the
// list holds: "it takes", "the steps are".
func Suggest(name string, candidates []string, label string) string {
	help := DidYouMean(name, candidates)
	if len(candidates) == 0 {
		return help
	}
	const most = 20
	list := strings.Join(candidates[:min(len(candidates), most)], ", ")
	if len(candidates) > most {
		list += ", …"
	}
	return strings.TrimSpace(help + " " + label + ": " + list)
}

func sameLetters(a, b []rune) bool {
	if len(a) != len(b) {
		return false
	}
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func fold(s string) []rune {
	return []rune(strings.Map(func(r rune) rune {
		if r == '-' || r == '_' {
			return -1
		}
		return r
	}, strings.ToLower(s)))
}

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours between a and b, or limit where it is at least that.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(a) > 200 || len(b) > 200 {
		return limit
	}
	before, previous, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, previous, row = previous, row, before
	}
	return min(previous[len(b)], limit)
}
