package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// identity is which file a path leads to.
type identity struct {
	major, minor uint32 // of the device
	inode        uint64
	info         os.FileInfo // in place of these, where the system has no statx
}

// identify returns which file is at a path. It does not ask for times: since Linux 6.13
// a file whose times were asked for gets new ones with its next write, of their own for
// each, and fdatasync then writes the inode as well, which takes half as long again.
func identify(path string) (identity, error) {
	var s unix.Statx_t
	for {
		err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_INO, &s)
		switch {
		case err == nil:
			return identity{major: s.Dev_major, minor: s.Dev_minor, inode: s.Ino}, nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, fs.ErrNotExist):
			return identity{}, fmt.Errorf("%s: %w", path, err)
		default: // unknown to the system, or kept from the process; another error comes again
			info, err := os.Stat(path)
			return identity{info: info}, err //nolint:wrapcheck // it names the path
		}
	}
}

func (id identity) same(other identity) bool {
	if id.info != nil || other.info != nil {
		return id.info != nil && other.info != nil && os.SameFile(id.info, other.info)
	}
	return id == other
}
