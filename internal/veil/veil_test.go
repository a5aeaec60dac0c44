package veil_test

import (
	"testing"

	"github.com/medlar-flow/medlar/internal/veil"
)

func TestUserinfo(t *testing.T) {
	for text, want := range map[string]string{
		"no url":                            "no url",
		"http://host/a@b":                   "http://host/a@b",
		"http://u:pw@host":                  "http://***@host",
		"a: 'https://tok@host/x', b: 1":     "a: 'https://***@host/x', b: 1",
		"postgres://u:p@ss@host and more":   "postgres://***@host and more",
		"http://${ctx.u}:${secrets.p}@host": "http://${ctx.u}:${secrets.p}@host",
		"http://admin:${secrets.p}@host":    "http://***@host",
		"http://a:b@h http://c:d@i":         "http://***@h http://***@i",
		"http://***@h":                      "http://***@h",
		"http://u:${x":                      "http://u:${x",
		"://":                               "://",
		"http://ü:ö@host":                   "http://***@host",
	} {
		if got := veil.Userinfo(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
