package stssvc

import (
	"slices"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// credentialsXML is a Credentials element.
type credentialsXML struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

// tokenXML is what each operation that issues credentials tells of them.
type tokenXML struct {
	Credentials             credentialsXML
	SessionTokenSize        int
	SessionTokenUtilization int
}

func newTokenXML(c access.Credential) tokenXML {
	return tokenXML{
		Credentials: credentialsXML{
			AccessKeyID: c.KeyID, SecretAccessKey: c.Secret, SessionToken: c.Token,
			Expiration: c.Expires.UTC().Format(time.RFC3339),
		},
		SessionTokenSize:        len(c.Token),
		SessionTokenUtilization: len(c.Token) * 100 / (2 * access.MaxToken),
	}
}

type assumeRoleXML struct {
	tokenXML
	AssumedRoleUser struct {
		AssumedRoleID string `xml:"AssumedRoleId"`
		Arn           string
	}
	PackedPolicySize *int
	SourceIdentity   string `xml:",omitempty"`
}

// chainLimit is the longest session that a session of a role may open.
const chainLimit = 3600

func (s *API) assumeRole(c *service.Call) (any, error) {
	k := &checker{form: c.Form}
	ask := grant{
		action: "sts:AssumeRole",
		arn:    k.text("RoleArn", rule{required: true, least: 20, most: 2048}),
		name:   k.text("RoleSessionName", rule{required: true, least: 2, most: 64, pattern: sessionNameChars}),
		source: k.text("SourceIdentity", rule{least: 2, most: 64, pattern: sessionNameChars}),
	}
	ask.read(k)
	k.text("ExternalId", rule{least: 2, most: 1224, pattern: externalIDChars})
	hasDevice := readDevice(k)
	if err := ask.readPacked(k); err != nil {
		return nil, err
	}
	if !hasDevice {
		return nil, accessDenied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	if c.Session.Role && ask.seconds > chainLimit {
		return nil, validation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	return s.grant(c, ask)
}

// grant is what the three ways to assume a role have in common.
type grant struct {
	action  string
	arn     string
	name    string // of the session
	source  string // identity
	seconds int
	size    int // that the token has at least
	pack    packed
}

func (g *grant) read(k *checker) {
	g.seconds = k.number("DurationSeconds", 900, 43200, 3600)
	g.size = k.number("MinimumSessionTokenSize", 0, access.MaxToken, 0)
}

// readPacked comes last: it gives what k has found, too.
func (g *grant) readPacked(k *checker) (err error) {
	g.pack, err = readPacked(k)
	return err
}

// grant opens a session of a role.
func (s *API) grant(c *service.Call, ask grant) (assumeRoleXML, error) {
	role, err := s.mayAssume(c, ask)
	if err != nil {
		return assumeRoleXML{}, err
	}
	source, err := keepSource(c, role, ask.source)
	if err != nil {
		return assumeRoleXML{}, err
	}
	issued, err := s.issuer.Issue(role.Assumed(ask.name), access.Session{Role: true, SourceIdentity: source}, c.Now,
		time.Duration(ask.seconds)*time.Second, ask.size)
	if err != nil {
		return assumeRoleXML{}, err
	}
	out := assumeRoleXML{tokenXML: newTokenXML(issued), PackedPolicySize: ask.pack.size(), SourceIdentity: source}
	out.AssumedRoleUser.AssumedRoleID, out.AssumedRoleUser.Arn = issued.Who.UserID, issued.Who.Arn
	return out, nil
}

// readDevice checks the members of multi-factor authentication; complete is
// false where one of the two was given without the other.
func readDevice(k *checker) (complete bool) {
	serial := k.text("SerialNumber", rule{least: 9, most: 256, pattern: serialChars})
	code := k.text("TokenCode", rule{secret: true, least: 6, most: 6, pattern: digitChars})
	return (serial == "") == (code == "")
}

// mayAssume finds the role. Any role may be assumed by anybody unless the
// fixture declares roles.
func (s *API) mayAssume(c *service.Call, ask grant) (access.RoleARN, error) {
	role, ok := access.ParseRole(ask.arn)
	switch {
	case !ok:
		return role, validation("%s is invalid", ask.arn)
	case s.roles == nil, slices.Contains(s.roles, role.Name), slices.Contains(s.roles, ask.arn):
		return role, nil
	case c.Caller.Arn == "":
		return role, accessDenied("Not authorized to perform %s", ask.action)
	}
	return role, notAuthorized(c, ask.action, ask.arn)
}

func notAuthorized(c *service.Call, action, resource string) *service.APIError {
	return accessDenied("User: %s is not authorized to perform: %s on resource: %s", c.Caller.Arn, action, resource)
}

// keepSource hands the source identity on: once set, it holds for every
// further hop.
func keepSource(c *service.Call, role access.RoleARN, wanted string) (string, error) {
	held := c.Session.SourceIdentity
	switch {
	case held == "":
		return wanted, nil
	case wanted == "", wanted == held:
		return held, nil
	}
	return "", notAuthorized(c, "sts:SetSourceIdentity", role.Text)
}
