package auth

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// The rules of Check.
const (
	ruleMethods  = "auth-methods"  // not exactly one way
	ruleTogether = "auth-together" // parameters that do not go together
	ruleAddress  = "auth-address"  // an address that is no https one
)

// ways are the members of auth, of which one is given.
var ways = []string{"bearer", "basic", "apiKey", "hmac", "jwt", "mutualTls"}

// given returns the ways that are given.
func given(fields map[string]any) []string {
	var names []string
	for _, name := range ways {
		if fields[name] != nil {
			names = append(names, name)
		}
	}
	return names
}

// Check finds what is wrong with a trigger's auth that its schema does not say.
// Names are canonical, and a value that only a run knows is a connector.Unknown.
func Check(fields map[string]any) []connector.Mistake {
	switch names := given(fields); len(names) {
	case 0:
		return []connector.Mistake{{
			Rule: ruleMethods, Message: "nothing says who may send requests",
			Help: "give one of " + strings.Join(ways, ", ") + "; auth: none lets everybody in",
		}}
	case 1:
	default:
		return []connector.Mistake{{
			Param: names[1], Rule: ruleMethods, Message: names[0] + " and " + names[1] + " are given together",
			Help: "give one; a second trigger takes the other",
		}}
	}
	if in, ok := fields["hmac"].(map[string]any); ok {
		return checkHMAC(in)
	}
	if in, ok := fields["jwt"].(map[string]any); ok {
		return append(checkAddress("jwt.issuer", in["issuer"]), checkAddress("jwt.jwks", in["jwks"])...)
	}
	return nil
}

func checkHMAC(in map[string]any) []connector.Mistake {
	scheme, ok := in["scheme"].(string)
	if !ok {
		return nil
	}
	var found []connector.Mistake
	if window, ok := duration(in["window"]); ok && (window < time.Second || window > 24*time.Hour) {
		found = append(found, connector.Mistake{Param: "hmac.window", Rule: schema.RuleRange, Message: "the window is not between 1s and 24h", Help: "leave it out for 5m"})
	}
	for _, name := range []string{"header", "prefix", "algorithm", "encoding", "timestamp", "signed"} {
		if scheme != "plain" && in[name] != nil {
			found = append(found, connector.Mistake{
				Param: "hmac." + name, Rule: ruleTogether, Message: fmt.Sprintf("%s has a %s of its own", scheme, name),
				Help: "leave it out, or write scheme: plain",
			})
		}
	}
	if in["window"] != nil && (scheme == "github" || scheme == "plain" && in["timestamp"] == nil) {
		found = append(found, connector.Mistake{
			Param: "hmac.window", Rule: ruleTogether, Message: "no time is signed, so there is no window",
			Help: "leave it out, and give the trigger an id: what is sent again then has the same one",
		})
	}
	if scheme != "plain" {
		return found
	}
	if in["header"] == nil {
		found = append(found, connector.Mistake{
			Param: "hmac.scheme", Rule: ruleTogether, Message: "plain does not say where the signature is", Help: "add header: and the header's name",
		})
	}
	signed, ok := in["signed"].(string)
	if !ok {
		return found
	}
	with := strings.Contains(signed, "{timestamp}")
	switch {
	case !strings.Contains(signed, "{body}"):
		found = append(found, connector.Mistake{Param: "hmac.signed", Rule: ruleTogether, Message: "the body is not signed", Help: "write {body} where it stands"})
	case with && in["timestamp"] == nil:
		found = append(found, connector.Mistake{Param: "hmac.signed", Rule: ruleTogether, Message: "nothing says where the timestamp is", Help: "add timestamp: and the header's name"})
	case !with && in["timestamp"] != nil:
		found = append(found, connector.Mistake{
			Param: "hmac.timestamp", Rule: ruleTogether, Message: "a timestamp that is not signed proves nothing",
			Help: "write {timestamp} where it stands in signed, or leave timestamp out",
		})
	}
	return found
}

// checkAddress holds an address from which keys come to https.
func checkAddress(param string, value any) []connector.Mistake {
	text, ok := value.(string)
	if !ok || secureURL(text) {
		return nil
	}
	return []connector.Mistake{{
		Param: param, Rule: ruleAddress, Message: "keys that come from there cannot be trusted: it is no https address",
		Help: "write https:// and the host; http is for this machine only",
	}}
}

// secureURL reports whether what comes from an address comes from its host.
func secureURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}

// duration returns a duration that is known, as a value of flows or as text.
func duration(value any) (d time.Duration, ok bool) {
	switch v := value.(type) {
	case time.Duration:
		return v, true
	case string:
		d, err := schema.ParseDuration(v)
		return d, err == nil
	}
	return 0, false
}
