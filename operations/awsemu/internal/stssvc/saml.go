package stssvc

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

type samlXML struct {
	assumeRoleXML
	Audience      string
	Issuer        string
	NameQualifier string
	Subject       string
	SubjectType   string
}

// samlResponse is what is read of a SAML response. Its signature is not.
type samlResponse struct {
	XMLName   xml.Name `xml:"Response"`
	Assertion struct {
		Issuer  string
		Subject struct {
			NameID struct {
				Format string `xml:",attr"`
				Value  string `xml:",chardata"`
			}
			Confirmation struct {
				Recipient    string `xml:",attr"`
				NotOnOrAfter string `xml:",attr"`
			} `xml:"SubjectConfirmation>SubjectConfirmationData"`
		}
		Conditions struct {
			NotOnOrAfter string `xml:",attr"`
		}
		Attributes []struct {
			Name   string   `xml:",attr"`
			Values []string `xml:"AttributeValue"`
		} `xml:"AttributeStatement>Attribute"`
	}
}

const samlAttribute = "https://aws.amazon.com/SAML/Attributes/"

// attribute returns the values of one of the attributes that AWS knows.
func (r samlResponse) attribute(name string) []string {
	for _, a := range r.Assertion.Attributes {
		if a.Name == samlAttribute+name {
			return a.Values
		}
	}
	return nil
}

func (r samlResponse) text(name string) string {
	if values := r.attribute(name); len(values) > 0 {
		return strings.TrimSpace(values[0])
	}
	return ""
}

func (s *API) assumeRoleWithSAML(c *service.Call) (any, error) {
	k := &checker{form: c.Form}
	arn := k.text("RoleArn", rule{required: true, least: 20, most: 2048})
	principal := k.text("PrincipalArn", rule{required: true, least: 20, most: 2048})
	assertion := k.text("SAMLAssertion", rule{required: true, secret: true, least: 4, most: 100000})
	ask := grant{action: "sts:AssumeRoleWithSAML", arn: arn}
	ask.read(k)
	if err := ask.readPacked(k); err != nil {
		return nil, err
	}
	response, err := readSAML(assertion, c.Now)
	if err != nil {
		return nil, err
	}
	if !response.allows(arn, principal) {
		return nil, accessDenied("Not authorized to perform sts:AssumeRoleWithSAML")
	}
	ask.name, ask.source = response.text("RoleSessionName"), response.text("SourceIdentity")
	if n := len(ask.name); n < 2 || n > 64 || !sessionNameChars.Get().MatchString(ask.name) {
		return nil, invalidToken("RoleSessionName is required in AuthnResponse")
	}
	if limit, err := strconv.Atoi(response.text("SessionDuration")); err == nil && limit >= 900 {
		ask.seconds = min(ask.seconds, limit)
	}
	out, err := s.grant(c, ask)
	if err != nil {
		return nil, err
	}
	return response.answer(out, principal), nil
}

func readSAML(text string, now time.Time) (samlResponse, error) {
	var r samlResponse
	document, err := base64.StdEncoding.DecodeString(text)
	if err != nil || xml.Unmarshal(document, &r) != nil {
		return r, invalidToken("Invalid base64 SAMLResponse")
	}
	a := r.Assertion
	if a.Issuer == "" || a.Subject.NameID.Value == "" {
		return r, invalidToken("Issuer and NameID are required in AuthnResponse")
	}
	for _, end := range []string{a.Conditions.NotOnOrAfter, a.Subject.Confirmation.NotOnOrAfter} {
		if end == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, end)
		if err != nil {
			return r, invalidToken("NotOnOrAfter is no time")
		}
		if !now.Before(at) {
			return r, expiredIdentity("Token must be redeemed within 5 minutes of issuance")
		}
	}
	if len(r.attribute("Role")) == 0 {
		return r, service.Failure("IDPRejectedClaim", http.StatusForbidden, "The assertion names no role")
	}
	return r, nil
}

// allows says whether the assertion names the role together with the
// provider, in either order.
func (r samlResponse) allows(role, principal string) bool {
	for _, pair := range r.attribute("Role") {
		first, second, _ := strings.Cut(strings.TrimSpace(pair), ",")
		if first == role && second == principal || first == principal && second == role {
			return true
		}
	}
	return false
}

func (r samlResponse) answer(out assumeRoleXML, principal string) samlXML {
	a := r.Assertion
	kind := a.Subject.NameID.Format
	kind = kind[strings.LastIndexByte(kind, ':')+1:]
	if kind == "" {
		kind = "unspecified"
	}
	account, provider := "", principal[strings.LastIndexByte(principal, '/')+1:]
	if parts := strings.SplitN(principal, ":", 6); len(parts) == 6 {
		account = parts[4]
	}
	sum := sha1.Sum([]byte(a.Issuer + account + "/" + provider)) //nolint:gosec // AWS's own way to name a subject
	return samlXML{
		assumeRoleXML: out, Audience: a.Subject.Confirmation.Recipient, Issuer: a.Issuer,
		NameQualifier: base64.StdEncoding.EncodeToString(sum[:]),
		Subject:       strings.TrimSpace(a.Subject.NameID.Value), SubjectType: kind,
	}
}
