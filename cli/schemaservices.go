package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/regex"
)

// mostFiles bounds how many files are looked at for the services that they use.
const mostFiles = 10_000

// longestFlow is the longest file that is looked at, in bytes.
const longestFlow = 1 << 20

// calledService finds what stands before the dot of a call.
var calledService = regex.Late{Text: `(?m)\bcall:[ \t]*["']?((?:[A-Za-z]\w*\.)?[A-Za-z]\w*)\.[A-Za-z]`}

// openServices asks a registry for every connector that the flows below a
// folder call, so that those of its source are made.
func openServices(reg *connector.Registry, folder string) error {
	left := mostFiles
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == folder:
			return err
		case err != nil:
			return nil // a folder that cannot be read holds no flow
		case d.IsDir() && path != folder && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".yaml" && filepath.Ext(path) != ".yml":
			return nil
		case left == 0:
			return fs.SkipAll
		}
		left--
		if info, err := d.Info(); err != nil || info.Size() > longestFlow {
			return nil //nolint:nilerr // as above
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil //nolint:nilerr // as above
		}
		for _, found := range calledService.Get().FindAllSubmatch(text, -1) {
			_, _ = reg.Connector(string(found[1]))
		}
		return nil
	})
}
