package uuid_test

import (
	"os"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/internal/uuid"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

func TestText(t *testing.T) {
	b := [16]byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10}
	for version, want := range map[byte]string{
		4: "01234567-89ab-4def-bedc-ba9876543210", 7: "01234567-89ab-7def-bedc-ba9876543210",
	} {
		if got := uuid.Text(b, version); got != want {
			t.Errorf("version %d: %s, want %s", version, got, want)
		}
	}
}
