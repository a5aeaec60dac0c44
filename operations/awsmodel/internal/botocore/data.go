package botocore

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Checkout finds a checkout of botocore's source, which has tests beside the
// data, for tests of ours: the folder that MEDLAR_BOTOCORE names. ok is false
// where there is none.
func Checkout() (source fs.FS, ok bool) {
	dir := os.Getenv("MEDLAR_BOTOCORE")
	if dir == "" {
		return nil, false
	}
	if _, err := os.Stat(filepath.Join(dir, "botocore", "data")); err != nil {
		return nil, false
	}
	return os.DirFS(dir), true
}
