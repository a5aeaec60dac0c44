package journal

import (
	"bytes"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/value"
)

// movedFrom says of an attempt that does not fit the records where the run made the
// same call, if a step without an id has another place in the program now; empty
// where that is not so.
func (r *carrier) movedFrom(a *runtime.Attempt) string {
	rd := r.run.reading
	if rd == nil || rd.cut == nil || !rd.cut.loose {
		return ""
	}
	step := runtime.StepOf(a.Path)
	place, counted := withoutPlaces(step)
	if !counted {
		return ""
	}
	print := generation.Print(r.run.exec, a)
	made := rd.cut.first.made
	for _, path := range value.SortedKeys(made) {
		m := made[path]
		if other, _ := withoutPlaces(path); path == step || other != place || m.operation != a.Operation.Name || print == nil || !bytes.Equal(m.print, print) {
			continue
		}
		return "; the same call stood at " + path + " before: steps without an id are found by their places"
	}
	return ""
}

// withoutPlaces returns a path with # for the numbers of steps that have no id;
// counted is true where there is one.
func withoutPlaces(path string) (place string, counted bool) {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		name, indices, _ := strings.Cut(part, "[")
		if name == "" || strings.Trim(name, "0123456789") != "" {
			continue
		}
		if parts[i], counted = "#", true; indices != "" {
			parts[i] += "[" + indices
		}
	}
	return strings.Join(parts, "/"), counted
}
