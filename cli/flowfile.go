package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/yamlfile"
)

// flowFile is a flow file in the folder that it may read from.
type flowFile struct {
	fsys   fs.FS
	name   string // in fsys
	folder string // what stands before a name of fsys, as the user sees it
	close  func() error
}

// openFlow finds a flow file below root, or below its own folder where root is
// empty. A file that is not there is found out by flows.Load.
func openFlow(path, root string) (*flowFile, error) {
	path = filepath.Clean(resolveLink(path))
	f := &flowFile{folder: filepath.Dir(path), name: filepath.Base(path)}
	if root != "" {
		rel, err := below(root, path)
		if err != nil {
			return nil, err
		}
		f.folder, f.name = root, rel
	}
	f.fsys, f.close = openFolder(f.folder)
	return f, nil
}

// stdinName is what a flow is called that comes from standard input.
const stdinName = "stdin"

// openFlow is openFlow for commands that take a flow from a pipe, too, which
// the shell's <(…) and /dev/stdin are, and - for standard input. It is read to its
// end here, or until a signal comes.
func (a *app) openFlow(ctx context.Context, path, root string) (*flowFile, error) {
	if path == "-" {
		return a.openStdin(ctx, root)
	}
	f, err := openFlow(path, root)
	if err != nil || !isStream(path) {
		return f, err
	}
	text, err := a.readFile(ctx, "the flow", path)
	if err != nil {
		f.close() //nolint:errcheck // nothing was read from it
		return nil, err
	}
	f.fsys = &streamed{FS: f.fsys, name: f.name, text: text}
	return f, nil
}

// openStdin reads the flow from standard input, as if it were a file of the
// folder that the command runs in.
func (a *app) openStdin(ctx context.Context, root string) (*flowFile, error) {
	f, err := openFlow(stdinName, root)
	if err != nil {
		return nil, err
	}
	text, err := a.readSlowly(ctx, "the flow", "standard input", func(ctx context.Context) ([]byte, error) {
		return readfile.Reader(ctx, a.Stdin, yamlfile.MaxSize)
	})
	if err != nil {
		f.close() //nolint:errcheck // nothing was read from it
		return nil, err
	}
	f.fsys = &streamed{FS: f.fsys, name: f.name, text: text}
	return f, nil
}

func isStream(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice|fs.ModeSocket) != 0
}

// resolveLink follows a link that is the flow itself, so that its folder is
// the one where the file really is; mounted configuration looks like that.
func resolveLink(path string) string {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return path
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

// openFolder opens a folder that no link leads out of.
func openFolder(folder string) (fs.FS, func() error) {
	if root, err := os.OpenRoot(folder); err == nil {
		return root.FS(), root.Close
	}
	return os.DirFS(folder), func() error { return nil } // where the folder is not there, reading says so
}

func below(root, path string) (string, error) {
	absRoot, err := filepath.Abs(root)
	if err != nil {
		return "", failedBecause("finding the folder %s: %w", root, err)
	}
	absPath, err := filepath.Abs(path)
	if err != nil {
		return "", failedBecause("finding the file %s: %w", path, err)
	}
	rel, err := filepath.Rel(absRoot, absPath)
	if err != nil || !filepath.IsLocal(rel) {
		return "", wrong("name a folder that holds the flow", "the flow %s is not below --root %s", path, root)
	}
	return filepath.ToSlash(rel), nil
}

// load reads and checks the flow; every error that it finds is a CheckError.
func (f *flowFile) load(reg *connector.Registry) (*flows.Flow, *flows.CheckError) {
	flow, err := flows.Load(f.fsys, f.name, reg)
	var found *flows.CheckError
	if err != nil && !errors.As(err, &found) {
		found = &flows.CheckError{Diagnostics: flows.Diagnostics{{Severity: "error", Rule: "internal", Message: err.Error()}}}
		found.Diagnostics[0].File = f.name
	}
	return flow, found
}

// shown returns a file of fsys as the user would name it.
func (f *flowFile) shown(name string) string {
	if name == "" || f.folder == "." {
		return name
	}
	return filepath.Join(f.folder, filepath.FromSlash(name))
}

// diagnostics returns the mistakes with files named as the user does.
func (f *flowFile) diagnostics(e *flows.CheckError) flows.Diagnostics {
	return e.Renamed(f.shown).Diagnostics
}

// print writes the mistakes with excerpts.
func (f *flowFile) print(w io.Writer, e *flows.CheckError) error {
	if err := e.Renamed(f.shown).Print(w); err != nil {
		return fmt.Errorf("printing mistakes: %w", err)
	}
	return nil
}
