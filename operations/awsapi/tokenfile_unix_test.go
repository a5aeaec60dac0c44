//go:build unix

package awsapi

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The file of a web identity's token is a plain one: a pipe is not waited for.
func TestTokenFileIsPlain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	if token, err := tokenFile(path).GetIdentityToken(); err == nil || !strings.Contains(err.Error(), "is a pipe or device, not a plain file") {
		t.Errorf("%q, %v", token, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("a.b.c"), 0o600); err != nil {
		t.Fatal(err)
	}
	if token, err := tokenFile(path).GetIdentityToken(); err != nil || string(token) != "a.b.c" {
		t.Errorf("%q, %v", token, err)
	}
}
