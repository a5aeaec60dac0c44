package auth

import (
	"slices"
	"strings"
)

// privateHeaders hold credentials.
var privateHeaders = []string{"authorization", "cookie", "proxy-authorization", "x-amz-security-token", "x-api-key", "x-auth-token"}

// PrivateHeaders returns the names, in lower case, of the headers of a request that
// the expressions of a trigger do not see: those that hold credentials, and the one
// that its auth names for a key. Of auth what [Security] needs has to be known.
func PrivateHeaders(fields map[string]any) []string {
	in, _ := fields["apiKey"].(map[string]any)
	key, _ := in["header"].(string)
	if key = strings.ToLower(key); key == "" || slices.Contains(privateHeaders, key) {
		return privateHeaders
	}
	return append(slices.Clip(privateHeaders), key)
}
