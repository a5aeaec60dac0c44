package journal

import (
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/medlar-flow/medlar/internal/filelock"
)

// OwnedError says that another process runs the runs of a journal.
type OwnedError struct {
	Path string // of the journal's file
	// Process is that process's number; 0 where it is not known.
	Process int
}

// Error names the journal and the process.
func (e *OwnedError) Error() string {
	if e.Process == 0 {
		return fmt.Sprintf("journal %s is in use by another process", e.Path)
	}
	return fmt.Sprintf("journal %s is in use by process %d", e.Path, e.Process)
}

// lock makes this process the owner of a journal. The lock ends with the
// process, however that ends; the file stays.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking: %w", err)
	}
	ok, err := filelock.Try(f)
	if err == nil && ok {
		_ = f.Truncate(0)
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0) // for people only
		return f, nil
	}
	text, _ := io.ReadAll(io.LimitReader(f, 20))
	_ = f.Close()
	if err != nil {
		return nil, fmt.Errorf("locking: %w", err)
	}
	process, _ := strconv.Atoi(string(text))
	return nil, &OwnedError{Path: path, Process: process}
}
