package cli

import "testing"

func TestByteCount(t *testing.T) {
	for text, want := range map[string]int64{
		"1048576": 1 << 20, "1MB": 1_000_000, "1MiB": 1 << 20, "64kb": 64_000, "2 GiB": 2 << 30, "0": 0, "-1": -1, "7B": 7,
		"": -2, "MB": -2, "1.5MB": -2, "1XB": -2, "9223372036854775807MB": -2, "1M": -2,
	} {
		got := byteCount(0)
		if err := got.Set(text); (err != nil) != (want == -2) || err == nil && int64(got) != want {
			t.Errorf("%q is %d, %v, want %d", text, got, err, want)
		}
	}
}
