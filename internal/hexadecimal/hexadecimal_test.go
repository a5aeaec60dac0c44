package hexadecimal_test

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/medlar-flow/medlar/internal/hexadecimal"
	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

// What is written is what the library writes.
func TestPut(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	words := []uint64{0, 0x0123_4567_89ab_cdef, 0x090a_0f10_9aa9_f0ff, 1 << 63, 1<<64 - 1}
	for range 1000 {
		words = append(words, random.Uint64())
	}
	for _, word := range words {
		src, dst := [8]byte{}, []byte("0123456789abcdef-")
		binary.BigEndian.PutUint64(src[:], word)
		if hexadecimal.Put(dst, src); string(dst) != hex.EncodeToString(src[:])+"-" {
			t.Errorf("%x is written %q", src, dst)
		}
	}
}
