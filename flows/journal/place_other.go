//go:build !linux

package journal

import "os"

// identity is which file a path leads to.
type identity struct{ info os.FileInfo }

// identify returns which file is at a path.
func identify(path string) (identity, error) {
	info, err := os.Stat(path)
	return identity{info: info}, err //nolint:wrapcheck // it names the path
}

func (id identity) same(other identity) bool { return os.SameFile(id.info, other.info) }
