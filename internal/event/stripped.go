package event

import (
	"net/http"
	"strings"
)

// Stripped returns what http.StripPrefix, or what is like it, took off the path of a
// request before a server got it: the caller has to write it again. Empty for
// nothing, and for what would name another host.
func Stripped(req *http.Request) string {
	sent, _, _ := strings.Cut(req.RequestURI, "?")
	if sent == req.URL.Path {
		return ""
	}
	before, found := strings.CutSuffix(sent, req.URL.EscapedPath())
	if !found || !strings.HasPrefix(before, "/") || strings.HasPrefix(before, "//") || strings.HasSuffix(before, "/") {
		return ""
	}
	return before
}
