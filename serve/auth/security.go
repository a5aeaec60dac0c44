package auth

import "strings"

// SecurityScheme is what OpenAPI says of a trigger's auth.
type SecurityScheme struct {
	// Name is one for the components of the document; two ways of the same kind can
	// have the same.
	Name string
	// Object is OpenAPI's Security Scheme Object.
	Object map[string]any
	// Scopes are what a token has to allow; often none.
	Scopes []string
}

// Security returns what OpenAPI says of a trigger's auth, of which only what is
// no secret need be known: names are canonical, and a value that only a run
// knows is a connector.Unknown. ok is false where nothing is asked for.
func Security(fields map[string]any) (s SecurityScheme, ok bool) {
	names := given(fields)
	if len(names) == 0 {
		return SecurityScheme{}, false
	}
	in, _ := fields[names[0]].(map[string]any)
	text := func(name, otherwise string) string {
		if value, ok := in[name].(string); ok {
			return value
		}
		return otherwise
	}
	s.Name = names[0]
	switch s.Name {
	case "bearer", "basic":
		s.Object = map[string]any{"type": "http", "scheme": s.Name}
	case "apiKey":
		s.Object = map[string]any{"type": "apiKey", "in": "header", "name": text("header", "X-API-Key")}
	case "hmac":
		scheme := text("scheme", "plain")
		main := schemeOf(&hmacIn{Scheme: scheme, Header: text("header", "X-Signature")}).main
		s.Object = map[string]any{"type": "apiKey", "in": "header", "name": main, "description": "A signature of the body, by the scheme " + scheme + "."}
	case "jwt":
		s.Object = map[string]any{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
		if issuer := text("issuer", ""); issuer != "" {
			s.Object = map[string]any{"type": "openIdConnect", "openIdConnectUrl": strings.TrimSuffix(issuer, "/") + wellKnown}
		}
		for _, scope := range list(in["scopes"]) {
			if text, ok := scope.(string); ok {
				s.Scopes = append(s.Scopes, text)
			}
		}
	case "mutualTls":
		s.Object = map[string]any{"type": "mutualTLS"}
	}
	return s, true
}

// list returns the elements of a list, or of one value that stands for one.
func list(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{value}
}
