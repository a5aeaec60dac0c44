package tree

import (
	"strconv"
	"strings"
)

// splitPath cuts "/smoke[17]/answer" into "smoke", "[17]", "answer": an
// iteration is a level of its own.
func splitPath(path string) []string {
	var parts []string
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		name, rest, found := strings.Cut(part, "[")
		if name != "" {
			parts = append(parts, name)
		}
		if found {
			parts = append(parts, "["+rest)
		}
	}
	return parts
}

// iteration returns the index of a part such as "[17]".
func iteration(part string) (int64, bool) {
	digits, ok := strings.CutPrefix(part, "[")
	if !ok {
		return 0, false
	}
	index, err := strconv.ParseInt(strings.TrimSuffix(digits, "]"), 10, 64)
	return index, err == nil
}
