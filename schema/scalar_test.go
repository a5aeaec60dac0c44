package schema

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var bigIntegers = cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })

func huge() *big.Int { return new(big.Int).Lsh(big.NewInt(1), 70) }

type text string

func TestConvertScalar(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	tests := []struct {
		name string
		of   Type
		in   any
		want any
	}{
		{"text", String, "1.10", "1.10"},
		{"empty text", String, "", ""},
		{"text of a Go type", String, text("a"), "a"},
		{"integer as text", String, 12, "12"},
		{"number as text", String, 0.1, "0.1"},
		{"whole number as text", String, 3.0, "3"},
		{"large number as text", String, 1e20, "1e+20"},
		{"boolean as text", String, true, "true"},
		{"big integer as text", String, huge(), "1180591620717411303424"},
		{"secret as text", String, Secret("x"), "x"},
		{"null", String, nil, nil},
		{"null pointer", String, (*string)(nil), nil},

		{"integer", Integer, int64(-7), int64(-7)},
		{"Go integers", Integer, uint8(7), int64(7)},
		{"largest integer", Integer, uint64(math.MaxInt64), int64(math.MaxInt64)},
		{"text of an integer", Integer, "-7", int64(-7)},
		{"text of the smallest integer", Integer, "-9223372036854775808", int64(math.MinInt64)},
		{"whole number", Integer, 1e3, int64(1000)},
		{"largest exact number", Integer, float64(1<<53 - 1), int64(1<<53 - 1)},
		{"JSON number", Integer, json.Number("12"), int64(12)},
		{"big integer that is small", Integer, big.NewInt(12), int64(12)},

		{"number", Number, 1.5, 1.5},
		{"integer in a number", Number, int64(2), int64(2)},
		{"text of a number", Number, "-1.5e-3", -0.0015},
		{"text of an integer in a number", Number, "2", int64(2)},
		{"float32", Number, float32(0.5), 0.5},

		{"true", Boolean, true, true},
		{"text of true", Boolean, "true", true},
		{"text of false", Boolean, "false", false},

		{"duration", Duration, "90s", "1m30s"},
		{"Go duration", Duration, 90 * time.Second, "1m30s"},
		{"no time", Duration, "0", "0s"},

		{"timestamp", Timestamp, "2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"},
		{"timestamp with an offset", Timestamp, "2026-01-31T00:30:00.250+01:00", "2026-01-30T23:30:00.25Z"},
		{"Go time", Timestamp, time.Date(2026, 1, 31, 9, 0, 0, 0, berlin), "2026-01-31T08:00:00Z"},

		{"bytes", Bytes, []byte{0, 255}, []byte{0, 255}},
		{"base64", Bytes, "aGk=", []byte("hi")},
		{"base64 over lines", Bytes, "aGVs\n  bG8=\n", []byte("hello")},
		{"no bytes", Bytes, "", []byte{}},

		{"anything", Any, map[string]any{"a": 1, "b": []string{"c"}}, map[string]any{"a": int64(1), "b": []any{"c"}}},
		{"any big integer", Any, huge(), huge()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := (&Field{Type: tt.of}).Convert(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, bigIntegers); diff != "" {
				t.Errorf("Convert (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConvertScalarRefuses(t *testing.T) {
	const timestamp, duration = "expected a timestamp such as 2026-01-31T08:00:00Z, ", "expected a duration such as 1m30s, "
	tests := []struct {
		name string
		of   Type
		in   any
		want string
	}{
		{"list as text", String, []any{"a"}, "expected text, found a list"},
		{"map as text", String, map[string]any{}, "expected text, found a map"},
		{"bytes as text", String, []byte("a"), "expected text, found bytes"},
		{"no number as text", String, math.NaN(), "expected text, found NaN"},

		{"leading zero", Integer, "012", `expected an integer, found "012"`},
		{"plus", Integer, "+12", `expected an integer, found "+12"`},
		{"space", Integer, " 12", `expected an integer, found " 12"`},
		{"minus zero", Integer, "-0", `expected an integer, found "-0"`},
		{"text of a whole number", Integer, "1.0", `expected an integer, found "1.0"`},
		{"exponent", Integer, "1e3", `expected an integer, found "1e3"`},
		{"other digits", Integer, "１２", `expected an integer, found "１２"`},
		{"empty", Integer, "", `expected an integer, found ""`},
		{"text beyond 64 bits", Integer, "9223372036854775808", `expected an integer, found "9223372036854775808"`},
		{"beyond 64 bits", Integer, huge(), "expected an integer, found 1180591620717411303424"},
		{"fraction", Integer, 1.5, "expected an integer, found 1.5"},
		{"number that was rounded", Integer, float64(1 << 53), "expected an integer, found 9007199254740992"},
		{"large number", Integer, 1e30, "expected an integer, found 1e+30"},
		{"infinity", Integer, math.Inf(1), "expected an integer, found +Inf"},
		{"boolean as integer", Integer, true, "expected an integer, found a boolean"},
		{"list as integer", Integer, []int{1}, "expected an integer, found a list"},

		{"word", Number, "abc", `expected a number, found "abc"`},
		{"point alone", Number, ".5", `expected a number, found ".5"`},
		{"leading zero in a number", Number, "01.5", `expected a number, found "01.5"`},
		{"not a number", Number, math.NaN(), "expected a number, found NaN"},
		{"text of not a number", Number, "NaN", `expected a number, found "NaN"`},
		{"text of infinity", Number, "1e999", `expected a number, found "1e999"`},
		{"hexadecimal", Number, "0x10", `expected a number, found "0x10"`},
		{"integer beyond 64 bits", Number, huge(), "expected a number, found 1180591620717411303424"},
		{"text of an integer beyond 64 bits", Number, huge().String(), `expected a number, found "1180591620717411303424"`},

		{"yes", Boolean, "yes", `expected a boolean, found "yes"`},
		{"True", Boolean, "True", `expected a boolean, found "True"`},
		{"one", Boolean, 1, "expected a boolean, found an integer"},
		{"map as boolean", Boolean, map[string]any{}, "expected a boolean, found a map"},

		{"seconds", Duration, 30, duration + "found an integer"},
		{"no unit", Duration, "30", duration + `found "30"`},

		{"date", Timestamp, "2026-01-31", timestamp + `found "2026-01-31"`},
		{"no such day", Timestamp, "2026-02-30T00:00:00Z", timestamp + `found "2026-02-30T00:00:00Z"`},
		{"beyond the years of RFC 3339", Timestamp, "9999-12-31T23:59:59-01:00", timestamp + `found "9999-12-31T23:59:59-01:00"`},
		{"before its years", Timestamp, "0000-01-01T00:00:00+01:00", timestamp + `found "0000-01-01T00:00:00+01:00"`},
		{"seconds since 1970", Timestamp, 1, timestamp + "found an integer"},

		{"no base64", Bytes, "a!", "expected bytes as base64 text"},
		{"integer as bytes", Bytes, 1, "expected bytes, found an integer"},

		{"channel", Any, make(chan int), "a chan int is not a value of a flow"},
		{"channel as text", String, make(chan int), "a chan int is not a value of a flow"},
		{"bad JSON number", Any, json.Number("012"), `"012" is not a number`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := (&Field{Type: tt.of}).Convert(tt.in)
			if err == nil {
				t.Fatalf("Convert gives %#v, want an error", got)
			}
			if diff := cmp.Diff(Errors{{Rule: RuleType, Message: tt.want}}, err); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
