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
	arn := k.text("RoleArn", rule{required: true, least: 20, most: 2048})
	name := k.text("RoleSessionName", rule{required: true, least: 2, most: 64, pattern: sessionNameChars})
	seconds := k.number("DurationSeconds", 900, 43200, 3600)
	size := k.number("MinimumSessionTokenSize", 0, maxToken, 0)
	source := k.text("SourceIdentity", rule{least: 2, most: 64, pattern: sessionNameChars})
	k.text("ExternalId", rule{least: 2, most: 1224, pattern: externalIDChars})
	hasDevice := readDevice(k)
	pack, err := readPacked(k)
	if err != nil {
		return nil, err
	}
	role, err := s.mayAssume(c, arn, hasDevice)
	if err != nil {
		return nil, err
	}
	if c.session.role && seconds > chainLimit {
		return nil, validation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	source, err = keepSource(c, role, source)
	if err != nil {
		return nil, err
	}
	issued, err := s.issuer.issue(role.assumed(name), session{role: true, sourceIdentity: source}, c.now, time.Duration(seconds)*time.Second, size)
	if err != nil {
		return nil, err
	}
	out := assumeRoleXML{tokenXML: newTokenXML(issued), PackedPolicySize: pack.size(), SourceIdentity: source}
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
func (s *stsAPI) mayAssume(c *call, arn string, hasDevice bool) (roleARN, error) {
	role, ok := parseRole(arn)
	if !ok {
		return role, validation("%s is invalid", arn)
	}
	if !hasDevice {
		return role, accessDenied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	if s.roles != nil && !slices.Contains(s.roles, role.name) && !slices.Contains(s.roles, arn) {
		return role, notAuthorized(c, "sts:AssumeRole", arn)
	}
	return role, nil
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
