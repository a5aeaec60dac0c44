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

// Many are those that one at a time would be.
func TestTexts(t *testing.T) {
	var b []byte
	want := ""
	for n := range 11 {
		if got := uuid.Texts(b, 4); got != want {
			t.Errorf("of %d: %s, want %s", n, got, want)
		}
		next := [uuid.Bytes]byte{byte(n), 6: byte(17 * n), 8: byte(19 * n), 15: 255}
		b, want = append(b, next[:]...), want+uuid.Text(next, 4)
	}
	if got, whole := uuid.Texts(b[:len(b)-1], 4), want[:10*uuid.Size]; got != whole {
		t.Errorf("of bytes that are not enough for the last: %s, want %s", got, whole)
	}
}
