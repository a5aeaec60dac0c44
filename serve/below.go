package serve

import (
	"net/http"
	"net/url"
	"strings"
)

// pathOf returns the path of a public address, without a slash at its end; empty where
// it has none.
func pathOf(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/")
}

// stripped returns what http.StripPrefix, or what is like it, took off the path of a
// request before this server got it: the caller has to write it again. Empty for
// nothing, and for what would name another host.
func stripped(req *http.Request) string {
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

// ownPath returns an address of the server's own as the caller of this exchange writes
// it.
func (x *exchange) ownPath(path string) string { return x.below + ownPrefix + path }

// helpBelow writes the server's own paths in a help as the caller has to.
func (x *exchange) helpBelow(help string) string {
	if x.below == "" {
		return help
	}
	return strings.ReplaceAll(help, " "+ownPrefix+"/", " "+x.ownPath("/"))
}
