package journal

import "os"

// linksOf returns the number of names that a file has, as far as it is known.
func linksOf(os.FileInfo) uint64 { return 1 }
