package schema

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "1m30s": 90 * time.Second, "-5ms": -5 * time.Millisecond, "0": 0,
		"1d": day, "90d": 90 * day, "-90d": -90 * day, "+2d": 2 * day, "1d12h": day + 12*time.Hour,
		"-1d12h": -day - 12*time.Hour, "1.5d": 36 * time.Hour, "0d": 0, "0.5d1ms": 12*time.Hour + time.Millisecond,
		"106751d": 106751 * day,
	} {
		if got, err := ParseDuration(text); got != want || err != nil {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "d", "1", "abc", "1 d", "1d ", "1d-2h", "1d2d", "--1d", "1dd", "-", "1h1d", "1w", "1d2", "d1h",
		"106752d", "106751d24h", "1e3d", "0x1d", "+-1d", ".d",
	} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
}

// Days are taken wherever a duration is, and are recorded as before.
func TestDurationInDays(t *testing.T) {
	least := 3600.0
	f := &Field{Type: Duration, Minimum: &least}
	for text, want := range map[string]string{"90d": "2160h0m0s", "1d1s": "24h0m1s", "1h": "1h0m0s"} {
		got, err := f.Convert(text)
		if got != want || err != nil {
			t.Errorf("Convert(%q) = %v, %v, want %s", text, got, err, want)
		}
	}
	if _, err := f.Convert("-1d"); err == nil {
		t.Error("-1d is not below an hour")
	}
	codec, err := For[struct{ For time.Duration }]()
	if err != nil {
		t.Fatal(err)
	}
	if in, err := codec.Decode(map[string]any{"for": "2d"}); err != nil || in.For != 48*time.Hour {
		t.Errorf("Decode gives %v, %v", in.For, err)
	}
}
