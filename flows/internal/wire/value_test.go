package wire

import (
	"errors"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// anyValue draws a value of flows.
func anyValue(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](nil),
		rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.String().AsAny(),
		rapid.Custom(func(t *rapid.T) any { return rapid.SliceOf(rapid.Byte()).Draw(t, "bytes") }),
		rapid.Custom(func(t *rapid.T) any { return math.Float64frombits(rapid.Uint64().Draw(t, "float")) }),
		rapid.Custom(func(t *rapid.T) any {
			n := new(big.Int).SetInt64(rapid.Int64().Draw(t, "big"))
			return n.Exp(n, big.NewInt(int64(rapid.IntRange(2, 5).Draw(t, "power"))), nil)
		}),
		rapid.Custom(func(t *rapid.T) any { return value.NewPayload(rapid.SliceOf(rapid.Byte()).Draw(t, "payload")) }),
	}
	if depth > 0 {
		scalars = append(scalars,
			rapid.Custom(func(t *rapid.T) any { return rapid.SliceOf(anyValue(depth-1)).Draw(t, "list") }),
			rapid.Custom(func(t *rapid.T) any { return rapid.MapOf(rapid.String(), anyValue(depth-1)).Draw(t, "map") }))
	}
	return rapid.OneOf(scalars...)
}

var exactly = cmp.Options{
	cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 }),
	cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }),
	cmp.Comparer(func(a, b *value.Payload) bool { return string(a.Bytes()) == string(b.Bytes()) }),
}

// TestValuesReadBackExactly: types and bits, also of a float that is no number.
func TestValuesReadBackExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(3).Draw(t, "value")
		text, err := Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v, back, exactly); diff != "" {
			t.Fatalf("(-stored +read):\n%s", diff)
		}
		if len(text) > 1 {
			cut := rapid.IntRange(0, len(text)-1).Draw(t, "cut")
			if _, err := Decode(text[:cut]); err == nil {
				t.Fatalf("%d of %d bytes are read as a value", cut, len(text))
			}
		}
	})
}

// TestFormOfPayloads: what is stored stays readable.
func TestFormOfPayloads(t *testing.T) {
	text, err := Encode([]any{value.NewPayload([]byte("{ }"))})
	if want := "l\x01p\x03{ }"; err != nil || string(text) != want {
		t.Errorf("stored as %q, %v; want %q", text, err, want)
	}
	for _, src := range []string{"p\x00", "p\x04null", "p\x05{ }"} {
		if v, err := Decode([]byte(src)); err == nil {
			t.Errorf("%q is read as %v", src, v)
		}
	}
}

func TestWhatIsNoValueIsRefused(t *testing.T) {
	for _, v := range []any{make(chan int), struct{}{}, 3, []any{uint8(1)}} {
		if _, err := Encode(v); err == nil {
			t.Errorf("%T is stored", v)
		}
	}
	var deep any
	for range maxDepth + 2 {
		deep = []any{deep}
	}
	if _, err := Encode(deep); err == nil {
		t.Error("any depth is stored")
	}
}

func FuzzDecodeValue(f *testing.F) {
	text, _ := Encode(map[string]any{"a": []any{int64(1), 2.5, "x", []byte{1}, big.NewInt(1), nil, true, value.NewPayload([]byte("1.0"))}})
	f.Add(text)
	f.Add([]byte("p\x04null"))
	f.Add([]byte("l\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := Decode(src)
		if err != nil {
			return
		}
		if _, err := Encode(v); err != nil {
			t.Error(err)
		}
	})
}

func TestFailuresReadBack(t *testing.T) {
	e := &report.RunError{
		Failure: report.Failure{
			Code: "C", Aliases: []string{"B"}, Class: connector.ClassThrottled, Message: "m", Operation: "o",
			Status: 429, RequestID: "r", RetryAfter: time.Second, Outcome: connector.OutcomeUnknown,
			Details: map[string]any{"n": int64(1)},
			Cause:   &report.RunError{Failure: report.Failure{Code: "D", Cause: map[string]any{"errorType": "E"}}},
		},
		Step: "/a", Place: "f:1:2", Attempts: 3,
		UndoErrors: []*report.RunError{{Failure: report.Failure{Code: "U"}}}, Suppressed: []*report.RunError{{Failure: report.Failure{Code: "S"}}},
		Params: map[string]any{"p": "x"}, Undone: []string{"/u"}, NotUndone: []string{"/n"},
	}
	text, err := Encode(Failure(e))
	if err != nil {
		t.Fatal(err)
	}
	v, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, FailureOf(v)); diff != "" {
		t.Errorf("(-stored +read):\n%s", diff)
	}
}

func TestKeys(t *testing.T) {
	for _, text := range []string{"x", "AAAA", "!"} {
		if _, err := ParseKeys(text); err == nil {
			t.Errorf("%q is a key", text)
		}
	}
	old, _ := ParseKeys("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	rotated, err := ParseKeys("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=, AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	if err != nil {
		t.Fatal(err)
	}
	sealed := old.Seal([]byte("text"), "here")
	if text, err := rotated.Open(sealed, "here"); err != nil || string(text) != "text" {
		t.Errorf("an old key does not open: %q %v", text, err)
	}
	if _, err := rotated.Open(sealed, "elsewhere"); !errors.Is(err, ErrSealed) {
		t.Errorf("it opens elsewhere: %v", err)
	}
	if _, err := old.Open(rotated.Seal([]byte("text"), "here"), "here"); !errors.Is(err, ErrSealed) {
		t.Errorf("the first key does not encrypt: %v", err)
	}
}
