package flows

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// Version returns what tells the flow from others, and from itself before a change:
// twelve letters and digits, made of its file, of those of the flows that it calls,
// and of files that parameters name. A journal knows the version that a run began
// with.
func (f *Flow) Version() string {
	files := map[string]any{}
	for name, text := range f.program.Files() {
		files[name] = text
	}
	text, err := wire.Encode(files)
	if err != nil {
		return "" // bytes by names are always written
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:versionBytes])
}

const versionBytes = 6

// Files lists the files that the flow consists of, as Version counts them, by their
// names in the file system that Load was given, sorted.
func (f *Flow) Files() []string { return slices.Sorted(maps.Keys(f.program.Files())) }
