package value

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func payload(text string) *Payload { return NewPayload([]byte(text)).(*Payload) }

func TestNewPayload(t *testing.T) {
	for _, text := range []string{"", "null", " \r\n\tnull "} {
		if p := NewPayload([]byte(text)); p != nil {
			t.Errorf("%q is %v, want null", text, p)
		}
	}
	for text, want := range map[string]any{
		`{"a": 1.0}`: map[string]any{"a": 1.0}, `"null"`: "null", "NULL": "NULL", "plain": "plain", " ": " ", "1e999": "1e999",
		"\xff": []byte("\xff"), `{"$bytes":"aGk="}`: []byte("hi"), "12345678901": int64(12345678901),
	} {
		p := payload(text)
		if diff := cmp.Diff(want, p.Value()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
		if string(p.Bytes()) != text {
			t.Errorf("%q has the bytes %q", text, p.Bytes())
		}
	}
}

// What is decoded later is what would have been decoded at once, and what cannot be
// decoded is told at once.
func TestDecodeLater(t *testing.T) {
	for text, later := range map[string]bool{
		`{"a": [1, 2.50, "x", null]}`: true, ` [1]`: true, `{}`: true, `{"n": ` + strings.Repeat("9", 40) + `}`: true,
		`"text"`: false, `12`: false, `null`: false, ``: false, `{"a": 1e2}`: false, `{"a": 1e999}`: false, `{"a": `: false, `{} {}`: false, `[1,]`: false,
		`[` + strings.Repeat("9", MaxDigits+1) + `]`: false, strings.Repeat("[", 70) + strings.Repeat("]", 70): false,
	} {
		want, wantErr := DecodeJSON([]byte(text))
		got, err := DecodeLater([]byte(text))
		if _, ok := got.(*Payload); ok != later {
			t.Errorf("%.40s is %T", text, got)
		}
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%.40s: error %v, want %v", text, err, wantErr)
		}
		if !Same(Plain(got), want) && fmt.Sprint(Plain(got)) != fmt.Sprint(want) {
			t.Errorf("%.40s is %v, want %v", text, Plain(got), want)
		}
	}
}

func TestPayloadIsDecodedOnce(t *testing.T) {
	p := payload(`{"a": []}`)
	var wg sync.WaitGroup
	got := make([]any, 8)
	for i := range got {
		wg.Go(func() { got[i] = p.Value() })
	}
	wg.Wait()
	for _, v := range got {
		if reflect.ValueOf(v).Pointer() != reflect.ValueOf(got[0]).Pointer() {
			t.Fatal("it was decoded more than once")
		}
	}
}

// Several steps may send one payload on, and read it, at the same time.
func TestPayloadInParallel(t *testing.T) {
	for text, want := range map[string]string{`{"a": [1.0]}`: `{"a": [1.0]}`, "plain": `"plain"`} {
		p := payload(text)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if i%2 == 0 {
					p.Value()
				}
				if got, err := EncodePayload(p); err != nil || string(got) != want {
					t.Errorf("%s is sent as %s, %v", text, got, err)
				}
			})
		}
		wg.Wait()
	}
}

// What is JSON is sent on without a copy, however often.
func TestEncodePayloadSharesBytes(t *testing.T) {
	raw := []byte(`{"a": "` + strings.Repeat("x", 64<<10) + `"}`)
	p := NewPayload(raw)
	if allocs := testing.AllocsPerRun(10, func() {
		if got, err := EncodePayload(p); err != nil || &got[0] != &raw[0] {
			t.Error("the bytes were copied")
		}
	}); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// Answers that are put together are copied once: the buffer does not grow.
func TestEncodePayloadGrowsOnce(t *testing.T) {
	p := NewPayload([]byte(`{"a": "` + strings.Repeat("x", 64<<10) + `"}`))
	for name, v := range map[string]any{
		"a map": map[string]any{"first": p, "second": p, "id": "o-17"}, "a list": []any{p, p, nil}, "results": []any{map[string]any{"Payload": p}},
	} {
		if allocs := testing.AllocsPerRun(10, func() { _, _ = EncodePayload(v) }); allocs > 1 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
	if got, err := EncodePayload((*Payload)(nil)); err != nil || string(got) != "null" {
		t.Errorf("no payload is %s, %v", got, err)
	}
}

func TestPayloadIsJSON(t *testing.T) {
	for text, want := range map[string]bool{`{}`: true, ` "a" `: true, "1e999": true, "\"\xff\"": true, "plain": false, "{": false, "\xff": false, " ": false} {
		if got := payload(text).IsJSON(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestPlain(t *testing.T) {
	without := map[string]any{"a": []any{int64(1), "x"}, "b": map[string]any{}}
	if got := Plain(without); reflect.ValueOf(got).Pointer() != reflect.ValueOf(without).Pointer() {
		t.Error("a value without payloads was copied")
	}
	list := []any{int64(1), payload("2")}
	with := map[string]any{"l": list, "same": without}
	got := Plain(with).(map[string]any)
	if diff := cmp.Diff(map[string]any{"l": []any{int64(1), int64(2)}, "same": without}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, still := list[1].(*Payload); !still {
		t.Error("the value that was given has changed")
	}
}

func TestEncodePayload(t *testing.T) {
	v := map[string]any{"b": payload("{ \"z\":1.0}"), "a": []any{payload("plain"), payload("1e2")}}
	if got, err := EncodePayload(v); err != nil || string(got) != `{"a":["plain",1e2],"b":{ "z":1.0}}` {
		t.Errorf("as they came: %s, %v", got, err)
	}
	if got, err := EncodeJSON(v); err != nil || string(got) != `{"a":["plain",100],"b":{"z":1}}` {
		t.Errorf("as values: %s, %v", got, err)
	}
}

// Whatever the bytes are, a payload stands for one value: that of its JSON,
// text, or bytes, whichever way it is asked for.
func FuzzPayload(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `"x"`, `123456789012345678901234567890`, "plain", "\xff", "", " null", `{"$bytes":"aGk="}`, `1e999`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		kept := bytes.Clone(raw)
		var want any
		switch v, err := DecodeJSON(raw); {
		case err == nil:
			want = v
		case len(raw) == 0:
		case utf8.Valid(raw):
			want = string(raw)
		default:
			want = raw
		}
		eager, err := EncodeJSON([]any{want})
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		lazy, err := EncodeJSON([]any{NewPayload(raw)})
		if err != nil || string(lazy) != string(eager) {
			t.Errorf("%q as JSON: %s, %v; want %s", raw, lazy, err, eager)
		}
		n, err := Normalize([]any{NewPayload(raw)})
		if text, _ := EncodeJSON(n); err != nil || string(text) != string(eager) {
			t.Errorf("%q normalized: %s, %v; want %s", raw, text, err, eager)
		}
		asCame, err := EncodePayload([]any{NewPayload(raw)})
		if err != nil || !json.Valid(asCame) || json.Valid(raw) && want != nil && string(asCame) != "["+string(raw)+"]" {
			t.Errorf("%q as it came: %s, %v", raw, asCame, err)
		}
		if !bytes.Equal(raw, kept) {
			t.Error("the bytes have changed")
		}
	})
}
