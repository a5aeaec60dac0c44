package runtime

import "strings"

// StepOf returns the path of the step that an attempt is of: "/charge" of
// "/charge#2".
func StepOf(path string) string {
	if i := strings.LastIndexByte(path, '#'); i > strings.LastIndexByte(path, '/') {
		return path[:i]
	}
	return path
}

// Inside reports whether a path stands below another one.
func Inside(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && rest != "" && (rest[0] == '/' || rest[0] == '[')
}
