// Package bundle holds deployment packages: zips that strangers send are
// checked, kept by their hash and unpacked once. Nothing is ever written
// outside the folder that a zip is unpacked into.
package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// The most that a zip may hold, as in AWS; the number of entries is ours.
const (
	ZippedLimit   = 52428800
	UnzippedLimit = 262144000
	entryLimit    = 100_000
	linkLimit     = 4096 // bytes of a link's target
)

var (
	// ErrFormat is a file that is no zip, or one that is damaged.
	ErrFormat = errors.New("not a readable zip")
	// ErrTooLarge is a zip that unpacks to more than UnzippedLimit.
	ErrTooLarge error = tooLarge{}
	// ErrUnsafe is a zip with an entry that would leave its folder.
	ErrUnsafe = errors.New("has an entry that leaves its folder")
)

// tooLarge is ErrTooLarge, of which nothing is made at the start of a program.
type tooLarge struct{}

func (tooLarge) Error() string { return fmt.Sprintf("unpacks to more than %d bytes", UnzippedLimit) }

// Check tells what is wrong with a zip, without unpacking it.
func Check(file []byte) error {
	_, err := open(bytes.NewReader(file), int64(len(file)))
	return err
}

// open reads the directory of a zip and checks every entry of it.
func open(r io.ReaderAt, size int64) (*zip.Reader, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, ErrFormat
	}
	if len(z.File) > entryLimit {
		return nil, ErrTooLarge
	}
	var total uint64
	for _, f := range z.File {
		if err := checkEntry(f); err != nil {
			return nil, err
		}
		if f.UncompressedSize64 > UnzippedLimit {
			return nil, ErrTooLarge
		}
		if total += f.UncompressedSize64; total > UnzippedLimit {
			return nil, ErrTooLarge
		}
	}
	return z, nil
}

func checkEntry(f *zip.File) error {
	if !isLocal(strings.TrimSuffix(f.Name, "/")) {
		return fmt.Errorf("%w: %q", ErrUnsafe, f.Name)
	}
	mode := f.Mode()
	switch {
	case mode.IsDir(), mode.IsRegular():
		return nil
	case mode&fs.ModeSymlink == 0:
		return fmt.Errorf("%w: %q is neither a file nor a folder", ErrUnsafe, f.Name)
	}
	target, err := readLink(f)
	if err != nil {
		return err
	}
	if !linkStays(f.Name, target) {
		return fmt.Errorf("%w: the link %q", ErrUnsafe, f.Name)
	}
	return nil
}

// isLocal says whether a name stays below its folder on every system.
func isLocal(name string) bool {
	return fs.ValidPath(name) && !strings.ContainsAny(name, "\\:\x00")
}

func readLink(f *zip.File) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", ErrFormat
	}
	defer r.Close() //nolint:errcheck // it was only read
	target, err := io.ReadAll(io.LimitReader(r, linkLimit+1))
	if err != nil || len(target) > linkLimit {
		return "", ErrFormat
	}
	return string(target), nil
}

// linkStays says whether a link leads to a place of the same folder. Two dots
// are taken only at the beginning of a target, where no other link can change
// what they mean.
func linkStays(name, target string) bool {
	if target == "" || path.IsAbs(target) || strings.ContainsAny(target, "\\:\x00") {
		return false
	}
	down := false
	for part := range strings.SplitSeq(target, "/") {
		if part == ".." && down {
			return false
		}
		down = down || part != ".." && part != "." && part != ""
	}
	return fs.ValidPath(path.Join(path.Dir(name), target))
}
