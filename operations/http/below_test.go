package http

import (
	"net/url"
	"testing"
)

// A path that is put together here is what net/url makes of it.
func TestBelow(t *testing.T) {
	for _, base := range []string{"http://h", "http://h/", "http://h/v1", "http://h/v1/", "http://h/a%2Fb", "http://h/a//b", "http://h/a/../b", "http://h/v1.2", "http://h/ü"} {
		for _, path := range []string{
			"b", "/b", "b/", "b%2Fc", "../x", "./b:c", "//b", "b//c", "b/./c", "b/.c", "b.c", ".b", "b/..", "b c", "ü", "/", ".", "a_b-c~d", "b;c", "b+c", "b%20c", "b@c",
		} {
			on, err := url.Parse(base)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := url.Parse(path)
			if err != nil || rel.Path == "" {
				continue
			}
			want, err := url.Parse(on.JoinPath(rel.EscapedPath()).String())
			if err != nil {
				t.Fatal(err)
			}
			got := below(on, rel)
			if got.String() != want.String() || got.RequestURI() != want.RequestURI() || got.Path != want.Path {
				t.Errorf("%s below %s is %s (%q), want %s (%q)", path, base, got.String(), got.Path, want.String(), want.Path)
			}
		}
	}
}
