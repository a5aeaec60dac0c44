package value

import (
	"errors"
	"testing"
)

func TestDecodeOnce(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": 1, "b": {"a": 2}}`:               "",
		`[{"a": 1}, {"a": 1}]`:                  "",
		`{"a": 1, "a": 1}`:                      "/a is given twice: name it once",
		`{"x": [0, [{"a:b": 1, "a:b": null}]]}`: "/x/1/0/a:b is given twice: name it once",
		`{"a": 1, "\u0061": 2}`:                 "/a is given twice: name it once",
	} {
		_, err := DecodeOnce([]byte(text))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	var twice *TwiceError
	if _, err := DecodeOnce([]byte(`{"a": 1, "a"`)); err == nil || errors.As(err, &twice) {
		t.Errorf("what is no JSON gives %v", err)
	}
}
