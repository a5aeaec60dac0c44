package awsemu

import "time"

type callerIdentityXML struct {
	Arn     string
	UserID  string `xml:"UserId"`
	Account string
}

func (s *stsAPI) getCallerIdentity(c *call) (any, error) {
	return callerIdentityXML{Arn: c.caller.Arn, UserID: c.caller.UserID, Account: c.caller.Account}, nil
}

type accessKeyInfoXML struct{ Account string }

// getAccessKeyInfo knows the keys of this emulator. AWS reads the account out
// of the key id itself, which has no use here.
func (s *stsAPI) getAccessKeyInfo(c *call) (any, error) {
	k := &checker{form: c.form}
	id := k.text("AccessKeyId", rule{required: true, least: 16, most: 128, pattern: wordChars})
	if err := k.err(); err != nil {
		return nil, err
	}
	key, ok := s.issuer.keys.find(id)
	if !ok {
		return nil, validation("no account is known for this access key")
	}
	return accessKeyInfoXML{Account: key.who.Account}, nil
}

// The longest sessions, in seconds: what can be asked for, and what an
// account's own user then gets.
const (
	longestSession = 129600
	rootLimit      = 3600
)

func (s *stsAPI) getSessionToken(c *call) (any, error) {
	k := &checker{form: c.form}
	seconds := k.number("DurationSeconds", 900, longestSession, 43200)
	size := k.number("MinimumSessionTokenSize", 0, maxToken, 0)
	complete := readDevice(k)
	if err := k.err(); err != nil {
		return nil, err
	}
	if !complete {
		return nil, accessDenied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	if err := permanentOnly(c, "GetSessionToken"); err != nil {
		return nil, err
	}
	issued, err := s.issuer.issue(c.caller, session{}, c.now, rootSeconds(seconds), size)
	if err != nil {
		return nil, err
	}
	return newTokenXML(issued), nil
}

type federationTokenXML struct {
	tokenXML
	FederatedUser struct {
		FederatedUserID string `xml:"FederatedUserId"`
		Arn             string
	}
	PackedPolicySize *int
}

func (s *stsAPI) getFederationToken(c *call) (any, error) {
	k := &checker{form: c.form}
	name := k.text("Name", rule{required: true, least: 2, most: 32, pattern: sessionNameChars})
	seconds := k.number("DurationSeconds", 900, longestSession, 43200)
	size := k.number("MinimumSessionTokenSize", 0, maxToken, 0)
	pack, err := readPacked(k)
	if err != nil {
		return nil, err
	}
	if err := permanentOnly(c, "GetFederationToken"); err != nil {
		return nil, err
	}
	account := c.caller.Account
	who := identity{Account: account, Arn: "arn:aws:sts::" + account + ":federated-user/" + name, UserID: account + ":" + name}
	issued, err := s.issuer.issue(who, session{}, c.now, rootSeconds(seconds), size)
	if err != nil {
		return nil, err
	}
	out := federationTokenXML{tokenXML: newTokenXML(issued), PackedPolicySize: pack.size()}
	out.FederatedUser.FederatedUserID, out.FederatedUser.Arn = who.UserID, who.Arn
	return out, nil
}

// permanentOnly refuses the operations that temporary credentials may not
// call.
func permanentOnly(c *call, operation string) error {
	if !c.temporary {
		return nil
	}
	return accessDenied("Cannot call %s with session credentials", operation)
}

// rootSeconds shortens what an account's own user asks for, as AWS does.
func rootSeconds(seconds int) time.Duration {
	return time.Duration(min(seconds, rootLimit)) * time.Second
}
