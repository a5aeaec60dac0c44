package limit_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/internal/limit"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"10/s": "10/s", " 600 / m ": "600/m", "1000/h": "1000/h", "5000/d": "5000/d", "1/10s": "1/10s", "3/minute": "3/m", "7/1m30s": "7/1m30s", "2/60s": "2/m",
	} {
		r, err := limit.Parse(text)
		if err != nil || r.String() != want {
			t.Errorf("%q: %s, %v", text, r, err)
		}
		if again, err := limit.Parse(r.String()); err != nil || again != r {
			t.Errorf("%s: %v, %v", r, again, err)
		}
	}
	for text, want := range map[string]string{
		"":              `"" is no rate: write 10/s, 600/m, or 1/10s`,
		"10":            `"10" is no rate: write 10/s, 600/m, or 1/10s`,
		"10 per second": `"10 per second" is no rate: write 10/s`,
		"600 a minute":  `"600 a minute" is no rate: write 600/m`,
		"50rps":         `"50rps" is no rate: write 50/s`,
		"0/s":           `the rate "0/s" does not begin with a number from 1 to 1000000: write 10/s, 600/m, or 1/10s`,
		"-1/s":          `the rate "-1/s" does not begin with a number from 1 to 1000000: write 10/s, 600/m, or 1/10s`,
		"1.5/s":         `the rate "1.5/s" does not begin with a number from 1 to 1000000: write 10/s, 600/m, or 1/10s`,
		"10/week":       `the rate "10/week" does not end with a time from 1ms to a day: write 10/s, 600/m, or 1/10s`,
		"10/0s":         `the rate "10/0s" does not end with a time from 1ms to a day: write 10/s, 600/m, or 1/10s`,
		"10/25h":        `the rate "10/25h" does not end with a time from 1ms to a day: write 10/s, 600/m, or 1/10s`,
		"10/1us":        `the time of a rate is at least 1ms: write 10/s, 600/m, or 1/10s`,
	} {
		if r, err := limit.Parse(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v\n got %v\nwant %s", text, r, err, want)
		}
	}
}

// Calls pass evenly, however many come at once.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGate(limit.Rate{Count: 10, Per: time.Second}, 1)
		began := time.Now()
		var mu sync.Mutex
		var passed []time.Duration
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				if err := g.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				passed = append(passed, time.Since(began).Round(time.Millisecond))
			})
		}
		all.Wait()
		for i, at := range passed {
			if want := time.Duration(i) * 100 * time.Millisecond; at != want {
				t.Errorf("call %d passed after %v, want %v", i, at, want)
			}
		}
	})
}

func TestGateBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGate(limit.Rate{Count: 1, Per: time.Minute}, 3)
		began := time.Now()
		for range 4 {
			if err := g.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began).Round(time.Second); took != time.Minute {
			t.Errorf("four calls took %v", took)
		}
	})
}

// Who stops waiting takes nobody's turn.
func TestGateIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGate(limit.Rate{Count: 1, Per: time.Minute}, 1)
		began := time.Now()
		if err := g.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if err := g.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if err := g.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began).Round(time.Second); took != time.Minute {
			t.Errorf("the second call passed after %v", took)
		}
	})
}

func TestKeys(t *testing.T) {
	k := limit.NewKeys(limit.Rate{Count: 2, Per: time.Second}, 100)
	now := time.Unix(1_800_000_000, 0)
	try := func(key string, after time.Duration, want time.Duration) {
		t.Helper()
		wait, ok := k.Allow(key, now.Add(after))
		if wait.Round(time.Millisecond) != want || ok != (want == 0) {
			t.Errorf("%s after %v: %v, %v; want %v", key, after, wait, ok, want)
		}
	}
	try("a", 0, 0)
	try("a", 0, 0)
	try("a", 0, 500*time.Millisecond)
	try("b", 0, 0)
	try("a", 100*time.Millisecond, 400*time.Millisecond)
	try("a", 500*time.Millisecond, 0)
	try("a", 500*time.Millisecond, 500*time.Millisecond)
	try("a", time.Hour, 0)
	try("a", time.Hour, 0)
	try("a", time.Hour, 500*time.Millisecond)
}

// Who came last is remembered, however many come.
func TestKeysAreBounded(t *testing.T) {
	k := limit.NewKeys(limit.Rate{Count: 1, Per: time.Hour}, 10)
	now := time.Unix(1_800_000_000, 0)
	for i := range 1000 {
		k.Allow(fmt.Sprint(i), now)
		if _, ok := k.Allow("busy", now); ok != (i == 0) {
			t.Fatalf("busy may again after %d others", i)
		}
	}
	if _, ok := k.Allow("0", now); !ok {
		t.Error("the first is remembered after a thousand others")
	}
	if _, ok := k.Allow("999", now); ok {
		t.Error("the last is forgotten")
	}
}

// In no stretch of time does a caller do more than the rate and one count more.
func TestKeysHoldTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 20).Draw(t, "count")
		k := limit.NewKeys(limit.Rate{Count: count, Per: time.Second}, 5)
		now := time.Unix(1_800_000_000, 0)
		began, done := now, 0
		for range rapid.IntRange(1, 200).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "ms")) * time.Millisecond)
			if _, ok := k.Allow("a", now); ok {
				done++
			}
			if most := float64(count)*now.Sub(began).Seconds() + float64(count) + 0.001; float64(done) > most {
				t.Fatalf("%d calls in %v at %d/s", done, now.Sub(began), count)
			}
		}
	})
}

func BenchmarkKeys(b *testing.B) {
	k := limit.NewKeys(limit.Rate{Count: 1000, Per: time.Second}, 10_000)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprint(i)
	}
	now := time.Unix(1_800_000_000, 0)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		k.Allow(keys[i%1000], now)
		i++
	}
}
