package serve

import (
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
