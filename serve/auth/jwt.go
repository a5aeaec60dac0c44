package auth

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/medlar-flow/medlar/internal/late"
)

// algorithms are those of tokens: with a key that both sides know, whoever can
// check tokens could make them.
var algorithms = late.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"RS256": true, "RS384": false, "RS512": false, "PS256": true, "PS384": false, "PS512": false,
		"ES256": true, "ES384": false, "ES512": false, "EdDSA": true,
	}
}}

const (
	// clockSkew is how far the issuer's clock may be from ours.
	clockSkew = 30 * time.Second
	// longestToken bounds a token, in bytes.
	longestToken = 16 << 10
)

// token takes JWTs of an issuer.
type token struct {
	issuer     string
	audience   jwt.Audience
	algorithms []jose.SignatureAlgorithm
	scopes     []string
	keys       *keySet
	now        func() time.Time
}

func newToken(in *jwtIn, o Options) *token {
	names := in.Algorithms
	if names == nil {
		for _, name := range slices.Sorted(maps.Keys(algorithms.Get())) {
			if algorithms.Get()[name] {
				names = append(names, name)
			}
		}
	}
	t := &token{issuer: in.Issuer, audience: in.Audience, scopes: in.Scopes, now: o.Now, keys: newKeySet(in.Issuer, in.JWKS, o)}
	for _, name := range names {
		t.algorithms = append(t.algorithms, jose.SignatureAlgorithm(name))
	}
	return t
}

// claims are what a token says, as far as it is looked at.
type claims struct {
	jwt.Claims
	Scope    string `json:"scope"`
	Scp      any    `json:"scp"` // a list, or text as scope has it
	ClientID string `json:"client_id"`
	Azp      string `json:"azp"`
}

// invalidToken is a refusal in RFC 6750's words.
func invalidToken(message string) *Refusal {
	return unauthorized(bearerChallenge+`, error="invalid_token", error_description="`+message+`"`, message)
}

func (t *token) verify(r *http.Request, _ Body) (Caller, error) {
	text, ok := credentials(r, "Bearer")
	if !ok {
		return Caller{}, unauthorized(bearerChallenge, "the request has no bearer token")
	}
	parsed, err := t.parse(text)
	if err != nil {
		return Caller{}, err
	}
	var c claims
	if err := t.signed(r, parsed, &c); err != nil {
		return Caller{}, err
	}
	if err := t.valid(&c); err != nil {
		return Caller{}, err
	}
	subject := cmp.Or(c.Subject, c.ClientID, c.Azp)
	if subject == "" {
		return Caller{}, invalidToken("the token names no subject")
	}
	if missing := slices.DeleteFunc(slices.Clone(t.scopes), func(s string) bool { return slices.Contains(c.scopes(), s) }); len(missing) > 0 {
		return Caller{}, &Refusal{
			Status: http.StatusForbidden, Message: "the token does not allow this",
			Challenge: bearerChallenge + `, error="insufficient_scope", scope="` + strings.Join(t.scopes, " ") + `"`,
		}
	}
	return Caller{Name: subject, ID: identity("jwt", t.issuer, subject)}, nil
}

// parse reads a token without believing anything of it.
func (t *token) parse(text string) (*jwt.JSONWebToken, *Refusal) {
	if len(text) > longestToken {
		return nil, invalidToken("the token is too long")
	}
	parsed, err := jwt.ParseSigned(text, t.algorithms)
	var unexpected *jose.ErrUnexpectedSignatureAlgorithm
	switch {
	case errors.As(err, &unexpected):
		return nil, invalidToken("the token is signed by an algorithm that is not taken")
	case err != nil || len(parsed.Headers) != 1:
		return nil, invalidToken("the token is no signed JWT")
	}
	// Tokens of an issuer are made for more than this: to log out, to prove a key.
	if typ, given := parsed.Headers[0].ExtraHeaders[jose.HeaderType]; given {
		name, _ := typ.(string)
		if !slices.Contains([]string{"jwt", "at+jwt"}, strings.TrimPrefix(strings.ToLower(name), "application/")) {
			return nil, invalidToken("the token is not of the type JWT or at+jwt")
		}
	}
	return parsed, nil
}

// signed reads the claims of a token that one of the issuer's keys has signed.
func (t *token) signed(r *http.Request, parsed *jwt.JSONWebToken, c *claims) error {
	kid, alg := parsed.Headers[0].KeyID, parsed.Headers[0].Algorithm
	keys, err := t.keys.find(r.Context(), kid, alg)
	if err != nil {
		if ended := r.Context().Err(); ended != nil {
			return fmt.Errorf("fetching the issuer's keys: %w", ended)
		}
		return &Refusal{Status: http.StatusServiceUnavailable, Message: "the keys of the tokens' issuer cannot be fetched now", Cause: err}
	}
	if len(keys) == 0 {
		return invalidToken("the token is signed with a key that the issuer does not have")
	}
	why := "the token's signature is wrong"
	for _, key := range keys {
		err := parsed.Claims(key, c)
		var unread *json.UnmarshalTypeError
		switch {
		case err == nil:
			return nil
		case errors.Is(err, jose.ErrUnsupportedCriticalHeader):
			why = "the token has a header in crit that is not known here"
		case errors.As(err, &unread), errors.Is(err, jwt.ErrUnmarshalNumericDate), errors.Is(err, jwt.ErrUnmarshalAudience):
			why = "the token is signed, and has a claim of another type than RFC 7519 says: exp, nbf and iat are numbers"
		}
		*c = claims{}
	}
	return invalidToken(why)
}

// valid holds what a token says against what is wanted.
func (t *token) valid(c *claims) error {
	if c.Expiry == nil {
		return invalidToken("the token does not say when it ends")
	}
	err := c.ValidateWithLeeway(jwt.Expected{Issuer: t.issuer, AnyAudience: t.audience, Time: t.now()}, clockSkew)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrExpired):
		return invalidToken("the token has ended")
	case errors.Is(err, jwt.ErrNotValidYet), errors.Is(err, jwt.ErrIssuedInTheFuture):
		return invalidToken("the token is not valid yet")
	case errors.Is(err, jwt.ErrInvalidIssuer):
		return invalidToken("the token is of another issuer")
	case errors.Is(err, jwt.ErrInvalidAudience):
		return invalidToken("the token is for somebody else")
	}
	return invalidToken("the token is not valid")
}

// scopes returns what a token allows.
func (c *claims) scopes() []string {
	all := strings.Fields(c.Scope)
	switch scp := c.Scp.(type) {
	case string:
		all = append(all, strings.Fields(scp)...)
	case []any:
		for _, one := range scp {
			if text, ok := one.(string); ok {
				all = append(all, text)
			}
		}
	}
	return all
}
