package bundle

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// unpack writes the entries of a checked zip below dir, which exists. Links
// come last, so that no entry is written through one.
func unpack(z *zip.Reader, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	left := int64(UnzippedLimit)
	for _, f := range z.File {
		if f.Mode()&fs.ModeSymlink != 0 {
			continue
		}
		if err := unpackEntry(root, f, &left); err != nil {
			return err
		}
	}
	for _, f := range z.File {
		if f.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		if err := unpackLink(root, f); err != nil {
			return err
		}
	}
	return nil
}

func unpackEntry(root *os.Root, f *zip.File, left *int64) error {
	name := strings.TrimSuffix(f.Name, "/")
	if f.Mode().IsDir() {
		return root.MkdirAll(name, 0o755)
	}
	if err := makeParent(root, name); err != nil {
		return err
	}
	from, err := f.Open()
	if err != nil {
		return ErrFormat
	}
	defer from.Close() //nolint:errcheck // it was only read
	return unpackFile(root, name, f.Mode(), from, left)
}

// unpackFile writes one file. As long as a file is open for writing, nothing
// is forked: the child would hold it open, too, and starting that very file
// would fail with "text file busy".
func unpackFile(root *os.Root, name string, mode fs.FileMode, from io.Reader, left *int64) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	to, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode.Perm()&0o755|0o400)
	if err != nil {
		return err
	}
	n, err := io.Copy(to, io.LimitReader(from, *left+1))
	if closed := to.Close(); err == nil && closed != nil {
		return closed
	}
	if *left -= n; *left < 0 {
		return ErrTooLarge
	}
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrFormat
	}
	return err
}

func unpackLink(root *os.Root, f *zip.File) error {
	target, err := readLink(f)
	if err != nil {
		return err
	}
	if err := makeParent(root, f.Name); err != nil {
		return err
	}
	if err := root.Symlink(target, f.Name); err != nil {
		return fmt.Errorf("%w: %q is there twice", ErrFormat, f.Name)
	}
	return nil
}

func makeParent(root *os.Root, name string) error {
	if dir := path.Dir(name); dir != "." {
		return root.MkdirAll(dir, 0o755)
	}
	return nil
}
