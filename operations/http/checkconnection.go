package http

import (
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// credentialParameters are the parameters of a connection that each say who
// calls.
var credentialParameters = []string{"bearer", "basic", "oauth2", signingParameter}

// checkConnection finds what opening a connection would refuse, as far as it is
// known before a run.
func (o *opener) checkConnection(given connector.Given) []connector.Mistake {
	p := given.Params
	found := twoCredentials(p)
	wrong := func(param, rule string, err error) {
		if err != nil {
			found = append(found, connector.Mistake{Param: param, Rule: rule, Message: err.Error()})
		}
	}
	if text, ok := literal(p["baseUrl"]); ok && text != "" {
		_, err := absolute(text)
		wrong("baseUrl", ruleURL, about("baseUrl", err))
	}
	found = append(found, checkHeaders(p["headers"])...)
	if text, ok := literal(p["bearer"]); ok {
		wrong("bearer", ruleCredentials, checkBearer(text))
	}
	if name, ok := literal(o.member(p, "basic", "username")); ok {
		wrong("basic.username", ruleCredentials, checkUsername(name))
	}
	if text, ok := literal(o.member(p, "oauth2", "tokenUrl")); ok {
		_, err := absolute(text)
		wrong("oauth2.tokenUrl", ruleURL, about("oauth2: tokenUrl", err))
	}
	found = append(found, checkCertificates(p)...)
	if signing, ok := p[signingParameter].(map[string]any); ok {
		if signer, ok := o.signer.(interface {
			Check(params map[string]any) []connector.Mistake
		}); ok {
			for _, m := range signer.Check(signing) {
				m.Param = signingParameter + "." + m.Param
				found = append(found, m)
			}
		}
	}
	return found
}

// Names of what the checks find, for programs.
const (
	ruleURL         = "bad-url"
	ruleHeader      = "bad-header"
	ruleCredentials = "bad-credentials" //nolint:gosec // it holds none
	ruleCertificate = "bad-certificate"
	ruleBody        = "bad-body"
)

// twoCredentials finds more than one way to say who calls.
func twoCredentials(p map[string]any) []connector.Mistake {
	var names []string
	maybe := false
	for _, name := range credentialParameters {
		if text, ok := literal(p[name]); !isGiven(p, name) || ok && text == "" {
			continue
		}
		names = append(names, name)
		maybe = maybe || isUnknown(p[name]) // null is none
	}
	if len(names) == 1 {
		if headers, ok := p["headers"].(map[string]any); ok {
			for name := range headers {
				if strings.EqualFold(name, "Authorization") {
					return []connector.Mistake{{
						Param: "headers", Rule: "two-credentials", Maybe: true, Message: "the header Authorization is given beside " + names[0] + ", which is not used then",
						Help: "keep one",
					}}
				}
			}
		}
	}
	if len(names) < 2 {
		return nil
	}
	return []connector.Mistake{{
		Param: names[1], Rule: "two-credentials", Maybe: maybe, Message: strings.Join(names, " and ") + " are given together",
		Help: "each says alone who calls: keep one",
	}}
}

// member returns a member of a parameter, by its name or one of its other ones.
func (o *opener) member(p map[string]any, param, name string) any {
	in, _ := p[param].(map[string]any)
	members := o.codec.Schema().Field(param).Members
	for key, v := range in {
		if f := members.Field(key); f != nil && f.Name == name {
			return v
		}
	}
	return nil
}

// literal returns the text of a value that is known.
func literal(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		return x, true
	case []byte:
		return string(x), true
	case schema.Secret:
		return x.Reveal(), true
	}
	return "", false
}

// checkHeaders finds headers that cannot be sent.
func checkHeaders(v any) []connector.Mistake {
	given, _ := v.(map[string]any)
	var found []connector.Mistake
	seen := map[string]any{}
	for _, name := range value.SortedKeys(given) {
		if given[name] == nil {
			continue
		}
		if seen[name] = given[name]; isUnknown(given[name]) {
			seen[name] = ""
		}
		if _, err := headers(seen); err != nil {
			delete(seen, name)
			found = append(found, connector.Mistake{Param: "headers." + name, Rule: ruleHeader, Message: err.Error()})
		}
	}
	return found
}

// checkCertificates finds certificates and keys that are none, or that do not
// belong together.
func checkCertificates(p map[string]any) []connector.Mistake {
	in := connectionIn{}
	unknown := map[string]bool{}
	for name, to := range map[string]*[]byte{
		"caCertificates": &in.CACertificates, "clientCertificate": &in.ClientCertificate, "clientKey": &in.ClientKey,
	} {
		text, ok := literal(p[name])
		*to, unknown[name] = []byte(text), !ok && isGiven(p, name)
	}
	var found []connector.Mistake
	wrong := func(param string, err error) {
		if err != nil {
			found = append(found, connector.Mistake{Param: param, Rule: ruleCertificate, Message: err.Error()})
		}
	}
	if isGiven(p, "caCertificates") && !unknown["caCertificates"] {
		_, err := in.authorities()
		wrong("caCertificates", err)
	}
	if unknown["clientCertificate"] || unknown["clientKey"] || !isGiven(p, "clientCertificate") && !isGiven(p, "clientKey") {
		return found
	}
	_, err := in.certificate()
	if isGiven(p, "clientCertificate") {
		wrong("clientCertificate", err)
	} else {
		wrong("clientKey", err)
	}
	return found
}
