package journal

import (
	"fmt"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// KeyVariable is the environment variable that commands read keys from.
const KeyVariable = "MEDLAR_JOURNAL_KEY"

// whereKeys says where a journal has its keys from, for who runs the command and for who
// writes a program.
const whereKeys = KeyVariable + ", or by journal.WithKeys in Go"

// Keys encrypt what a journal may not hold in the clear. The zero Keys has
// none.
type Keys struct{ keys wire.Keys }

// ParseKeys reads keys as KeyVariable holds them: base64 of 16, 24 or 32
// bytes, several separated by commas. The first one encrypts, all decrypt, so
// a new key is put in front of the old ones. Empty text gives no keys.
func ParseKeys(text string) (Keys, error) {
	keys, err := wire.ParseKeys(text)
	return Keys{keys}, err //nolint:wrapcheck // it says which key is wrong
}

func (k Keys) none() bool { return k.keys.None() }

func (k Keys) seal(text []byte, about string) []byte { return k.keys.Seal(text, about) }

func (k Keys) open(sealed []byte, about string) ([]byte, error) {
	plain, err := k.keys.Open(sealed, about)
	if err != nil {
		return nil, fmt.Errorf("%w: look at the keys in %s", err, whereKeys)
	}
	return plain, nil
}
