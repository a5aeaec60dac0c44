package awsemu

import (
	"slices"
	"time"
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

func newTokenXML(c credential) tokenXML {
	return tokenXML{
		Credentials: credentialsXML{
			AccessKeyID: c.keyID, SecretAccessKey: c.secret, SessionToken: c.token,
			Expiration: c.expires.UTC().Format(time.RFC3339),
		},
		SessionTokenSize:        len(c.token),
		SessionTokenUtilization: len(c.token) * 100 / (2 * maxToken),
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

func (s *stsAPI) assumeRole(c *call) (any, error) {
	k := &checker{form: c.form}
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
	if c.session.role && ask.seconds > chainLimit {
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
	g.size = k.number("MinimumSessionTokenSize", 0, maxToken, 0)
}

// readPacked comes last: it gives what k has found, too.
func (g *grant) readPacked(k *checker) (err error) {
	g.pack, err = readPacked(k)
	return err
}

// grant opens a session of a role.
func (s *stsAPI) grant(c *call, ask grant) (assumeRoleXML, error) {
	role, err := s.mayAssume(c, ask)
	if err != nil {
		return assumeRoleXML{}, err
	}
	source, err := keepSource(c, role, ask.source)
	if err != nil {
		return assumeRoleXML{}, err
	}
	issued, err := s.issuer.issue(role.assumed(ask.name), session{role: true, sourceIdentity: source}, c.now,
		time.Duration(ask.seconds)*time.Second, ask.size)
	if err != nil {
		return assumeRoleXML{}, err
	}
	out := assumeRoleXML{tokenXML: newTokenXML(issued), PackedPolicySize: ask.pack.size(), SourceIdentity: source}
	out.AssumedRoleUser.AssumedRoleID, out.AssumedRoleUser.Arn = issued.who.UserID, issued.who.Arn
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
func (s *stsAPI) mayAssume(c *call, ask grant) (roleARN, error) {
	role, ok := parseRole(ask.arn)
	switch {
	case !ok:
		return role, validation("%s is invalid", ask.arn)
	case s.roles == nil, slices.Contains(s.roles, role.name), slices.Contains(s.roles, ask.arn):
		return role, nil
	case c.caller.Arn == "":
		return role, accessDenied("Not authorized to perform %s", ask.action)
	}
	return role, notAuthorized(c, ask.action, ask.arn)
}

func notAuthorized(c *call, action, resource string) *apiError {
	return accessDenied("User: %s is not authorized to perform: %s on resource: %s", c.caller.Arn, action, resource)
}

// keepSource hands the source identity on: once set, it holds for every
// further hop.
func keepSource(c *call, role roleARN, wanted string) (string, error) {
	held := c.session.sourceIdentity
	switch {
	case held == "":
		return wanted, nil
	case wanted == "", wanted == held:
		return held, nil
	}
	return "", notAuthorized(c, "sts:SetSourceIdentity", role.text)
}
