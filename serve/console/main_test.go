package console_test

import (
	"os"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	if address, cookie, ok := strings.Cut(os.Getenv(readerOf), " "); ok {
		read(address, cookie)
		return
	}
	testenv.Clean()
	os.Exit(m.Run())
}
