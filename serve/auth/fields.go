package auth

import (
	"maps"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/schema"
)

type fieldsIn struct {
	Bearer    []schema.Secret `param:"bearer" minLen:"1" doc:"The token that is sent as Authorization: Bearer; a list while one takes another's place."`
	Basic     []basicIn       `param:"basic" minLen:"1" doc:"User name and password that are sent as Authorization: Basic; a list for several."`
	APIKey    *apiKeyIn       `param:"apiKey" doc:"A key that is sent in a header."`
	HMAC      *hmacIn         `param:"hmac" doc:"A signature of the body with a secret that both sides know, as webhooks have."`
	JWT       *jwtIn          `param:"jwt" doc:"A JSON Web Token of an issuer (OpenID Connect, OAuth 2) that is sent as Authorization: Bearer."`
	MutualTLS *certificateIn  `param:"mutualTls" alias:"mutualTLS,mtls,mTls" doc:"A certificate that the client shows."`
}

type basicIn struct {
	Username string        `param:"username,required" minLen:"1" doc:"User name."`
	Password schema.Secret `param:"password,required" doc:"Password."`
}

type apiKeyIn struct {
	Header string          `param:"header" default:"X-API-Key" pattern:"^[A-Za-z0-9-]+$" doc:"The header that holds the key."`
	Keys   []schema.Secret `param:"keys,required" alias:"key" minLen:"1" doc:"The key; a list for several callers, or while one takes another's place."`
}

type hmacIn struct {
	Scheme  string          `param:"scheme,required" enum:"github,stripe,slack,standard,plain" doc:"Whose way to sign it is; standard is that of Standard Webhooks, plain is as the other parameters say."`
	Secrets []schema.Secret `param:"secrets,required" alias:"secret" minLen:"1" doc:"The secret as the sender shows it, with its whsec_; a list while one takes another's place."`
	Window  time.Duration   `param:"window" doc:"How old, or how far ahead, the time of a signature may be, 1s to 24h; 5m if left out. GitHub signs no time."`

	Header    string `param:"header" pattern:"^[A-Za-z0-9-]+$" example:"X-Signature" doc:"Of plain: the header with the signature."`
	Prefix    string `param:"prefix" example:"sha256=" doc:"Of plain: what stands before it there."`
	Algorithm string `param:"algorithm" enum:"sha256,sha384,sha512" doc:"Of plain: the hash; sha256 if left out."`
	Encoding  string `param:"encoding" enum:"hex,base64" doc:"Of plain: how the signature is written; hex if left out."`
	Timestamp string `param:"timestamp" pattern:"^[A-Za-z0-9-]+$" example:"X-Timestamp" doc:"Of plain: the header with the time, in seconds since 1970."`
	Signed    string `param:"signed" example:"{timestamp}.{body}" doc:"Of plain: what is signed; {body} if left out, and with a timestamp {timestamp}.{body}."`
}

type jwtIn struct {
	Issuer     string   `param:"issuer,required" example:"https://login.example.com/" doc:"The issuer, as iss has it, to the letter."`
	Audience   []string `param:"audience,required" minLen:"1" doc:"Who the token has to be for: one of these has to stand in aud."`
	JWKS       string   `param:"jwks" alias:"jwksUri,jwksUrl" example:"https://login.example.com/keys" doc:"Where the issuer's keys are; if left out, its .well-known/openid-configuration is asked."`
	Algorithms []string `param:"algorithms" minLen:"1" doc:"The algorithms that are taken, all of them asymmetric; RS256, ES256, PS256 and EdDSA if left out."`
	Scopes     []string `param:"scopes" doc:"What the token has to allow, all of it: words of scope, or of scp."`
}

type certificateIn struct {
	CA    []byte   `param:"ca,file,required" doc:"Certificates (PEM) of the authorities that sign those of clients; {file: ca.pem} reads them from a file."`
	Names []string `param:"names" doc:"The clients that may: a DNS name, URI or e-mail address of the certificate, or its common name; everyone with a certificate of the authorities if left out."`
}

// Schema declares what stands under the auth of a trigger: one of its members.
func Schema() *schema.Schema { return newCodec().Schema() }

// newCodec makes the schema; it cannot fail, as a test shows.
func newCodec() *schema.Codec[fieldsIn] {
	codec, err := schema.For[fieldsIn]()
	if err != nil {
		panic(err)
	}
	s := codec.Schema()
	for _, path := range [][]string{
		{"bearer"}, {"basic"}, {"apiKey", "keys"}, {"hmac", "secrets"}, {"jwt", "audience"}, {"jwt", "algorithms"}, {"jwt", "scopes"}, {"mutualTls", "names"},
	} {
		f := s.Field(path[0])
		for _, name := range path[1:] {
			f = f.Members.Field(name)
		}
		f.BareElement = true
	}
	for _, name := range slices.Sorted(maps.Keys(algorithms.Get())) {
		elem := s.Field("jwt").Members.Field("algorithms").Elem
		elem.Enum = append(elem.Enum, name)
	}
	return codec
}
