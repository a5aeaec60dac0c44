package auth_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/serve/auth"
)

// What OpenAPI says needs no secret, and Check finds nothing in what only a run
// knows.
func TestSecurity(t *testing.T) {
	unknown := connector.Unknown{}
	for _, c := range []struct {
		auth fields
		want auth.SecurityScheme
	}{
		{fields{"bearer": unknown}, auth.SecurityScheme{Name: "bearer", Object: fields{"type": "http", "scheme": "bearer"}}},
		{fields{"basic": []any{unknown}}, auth.SecurityScheme{Name: "basic", Object: fields{"type": "http", "scheme": "basic"}}},
		{fields{"apiKey": fields{"header": "X-Shop", "keys": unknown}}, auth.SecurityScheme{Name: "apiKey", Object: fields{"type": "apiKey", "in": "header", "name": "X-Shop"}}},
		{fields{"apiKey": unknown}, auth.SecurityScheme{Name: "apiKey", Object: fields{"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
		{fields{"hmac": fields{"scheme": "stripe", "secrets": unknown}}, auth.SecurityScheme{Name: "hmac", Object: fields{
			"type": "apiKey", "in": "header", "name": "Stripe-Signature", "description": "A signature of the body, by the scheme stripe.",
		}}},
		{fields{"hmac": fields{"scheme": unknown, "secrets": unknown}}, auth.SecurityScheme{Name: "hmac", Object: fields{
			"type": "apiKey", "in": "header", "name": "X-Signature", "description": "A signature of the body, by the scheme plain.",
		}}},
		{fields{"jwt": fields{"issuer": "https://a.example/", "audience": unknown, "scopes": "read"}}, auth.SecurityScheme{Name: "jwt", Scopes: []string{"read"}, Object: fields{
			"type": "openIdConnect", "openIdConnectUrl": "https://a.example/.well-known/openid-configuration",
		}}},
		{fields{"jwt": fields{"issuer": unknown, "audience": unknown}}, auth.SecurityScheme{Name: "jwt", Object: fields{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}},
		{fields{"mutualTls": fields{"ca": unknown}}, auth.SecurityScheme{Name: "mutualTls", Object: fields{"type": "mutualTLS"}}},
	} {
		got, ok := auth.Security(c.auth)
		if diff := cmp.Diff(c.want, got); diff != "" || !ok {
			t.Errorf("%v: %v, (-want +got):\n%s", c.auth, ok, diff)
		}
		if found := auth.Check(c.auth); len(found) > 0 {
			t.Errorf("%v: %+v", c.auth, found)
		}
	}
	if got, ok := auth.Security(fields{}); ok {
		t.Errorf("nothing is %+v", got)
	}
}
