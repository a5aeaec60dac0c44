package stssvc

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

type webIdentityXML struct {
	assumeRoleXML
	Audience                    string
	Provider                    string
	SubjectFromWebIdentityToken string
}

// claims are what is read of a web identity token. Its signature is not.
type claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	Party    string   `json:"azp"`
	Expires  *float64 `json:"exp"`
	Source   string   `json:"https://aws.amazon.com/source_identity"`
}

// audience is one text, or a list of which the first counts.
type audience string

func (a *audience) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("[")) {
		var list []string
		if err := json.Unmarshal(text, &list); err != nil || len(list) == 0 {
			return err
		}
		*a = audience(list[0])
		return nil
	}
	return json.Unmarshal(text, (*string)(a))
}

func (s *API) assumeRoleWithWebIdentity(c *service.Call) (any, error) {
	k := &checker{form: c.Form}
	arn := k.text("RoleArn", rule{required: true, least: 20, most: 2048})
	name := k.text("RoleSessionName", rule{required: true, least: 2, most: 64, pattern: sessionNameChars})
	token := k.text("WebIdentityToken", rule{required: true, secret: true, least: 4, most: 20000})
	provider := k.text("ProviderId", rule{least: 4, most: 2048})
	ask := grant{action: "sts:AssumeRoleWithWebIdentity", arn: arn, name: name}
	ask.read(k)
	if err := ask.readPacked(k); err != nil {
		return nil, err
	}
	who, err := readWebToken(token, provider, c.Now)
	if err != nil {
		return nil, err
	}
	ask.source = who.Source
	out, err := s.grant(c, ask)
	if err != nil {
		return nil, err
	}
	answer := webIdentityXML{assumeRoleXML: out, Audience: string(who.Audience), Provider: who.Issuer, SubjectFromWebIdentityToken: who.Subject}
	if answer.Audience == "" {
		answer.Audience = who.Party
	}
	return answer, nil
}

// readWebToken reads an OpenID Connect token, or takes an opaque one of the
// provider that is named.
func readWebToken(token, provider string, now time.Time) (claims, error) {
	parts := strings.Split(token, ".")
	if provider != "" && len(parts) != 3 {
		sum := sha256.Sum256([]byte(token))
		return claims{Issuer: provider, Subject: hex.EncodeToString(sum[:10])}, nil
	}
	var who claims
	if len(parts) != 3 {
		return who, invalidToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	}
	for i, to := range []any{&map[string]any{}, &who} {
		text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[i], "="))
		if err != nil || json.Unmarshal(text, to) != nil {
			return claims{}, invalidToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
		}
	}
	switch {
	case who.Issuer == "":
		return who, invalidToken("Missing a required claim: iss")
	case who.Subject == "":
		return who, invalidToken("Missing a required claim: sub")
	case who.Audience == "" && who.Party == "":
		return who, invalidToken("Missing a required claim: aud")
	case who.Expires == nil:
		return who, invalidToken("Missing a required claim: exp")
	case float64(now.Unix()) >= *who.Expires:
		return who, expiredIdentity("Token expired: current date/time must be before the expiration date/time")
	}
	return who, nil
}

func invalidToken(message string) *service.APIError {
	return service.Failure("InvalidIdentityToken", http.StatusBadRequest, "%s", message)
}

func expiredIdentity(message string) *service.APIError {
	return service.Failure("ExpiredTokenException", http.StatusBadRequest, "%s", message)
}
