package interp

import (
	"strings"
	"testing"
)

// A spelling of a secret is found, also behind several escapes; what is put in
// its place leaves the rest as it was.
func TestRedactSpellings(t *testing.T) {
	var r redactor
	r.add(`pass/wörd +1"`)
	r.add("-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----")
	r.noteAll(int64(1234567890))
	for name, text := range map[string]string{
		"URL": "pass%2Fw%C3%B6rd+%2B1%22", "URL in lower case": "pass%2fw%c3%b6rd%20%2b1%22", "JSON": `pass/w\u00f6rd +1\"`, "all of JSON": `pass\/w\u00F6rd \u002b1\u0022`,
		"JSON in JSON": `pass/w\\u00f6rd +1\\\"`, "URL of JSON": "pass/w%5Cu00f6rd%20%2B1%5C%22", "HTML": "pass/w&ouml;rd +1&quot;", "XML": "pass/w&#xF6;rd +1&#34;",
		"hex": "706173732f77c3b67264202b3122", "hex in upper case": "706173732F77C3B67264202B3122", "a line of a key": "kqhkiG9w0BAQEF", "a number": "1234567890",
	} {
		if got := r.text("%2 <" + text + "> \\"); got != `%2 <***> \` {
			t.Errorf("%s: %s", name, got)
		}
		if !r.holds("x" + text) {
			t.Errorf("%s is not found", name)
		}
	}
	if got := r.value(map[string]any{"n": int64(1234567890), "m": int64(12345)}).(map[string]any); got["n"] != "***" || got["m"] != int64(12345) {
		t.Errorf("numbers: %v", got)
	}
	r.add(`"abc%22123"`)
	if got := r.text(`{"m": "x \"abc%22123\" y"}`); strings.Contains(got, "123") {
		t.Errorf("a secret with an escape, escaped: %s", got)
	}
	if got := r.text("-----BEGIN KEY----- is no secret"); got != "-----BEGIN KEY----- is no secret" {
		t.Error(got)
	}
}
