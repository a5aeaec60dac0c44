package stssvc

import (
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

type callerIdentityXML struct {
	Arn     string
	UserID  string `xml:"UserId"`
	Account string
}

func (s *API) getCallerIdentity(c *service.Call) (any, error) {
	return callerIdentityXML{Arn: c.Caller.Arn, UserID: c.Caller.UserID, Account: c.Caller.Account}, nil
}

type accessKeyInfoXML struct{ Account string }

// accountOf reads the account out of a key id of AWS, as AWS does: the id is
// base32, and 40 of its bits are the account.
func accountOf(id string) (string, bool) {
	if len(id) != 20 || !strings.HasPrefix(id, "AKIA") && !strings.HasPrefix(id, "ASIA") {
		return "", false
	}
	plain, err := base32.StdEncoding.DecodeString(id[4:])
	if err != nil {
		return "", false
	}
	var bits uint64
	for _, b := range plain[:6] {
		bits = bits<<8 | uint64(b)
	}
	return fmt.Sprintf("%012d", bits&0x7fffffffff80>>7), true
}

// getAccessKeyInfo knows the keys of this emulator, and the account that any
// other key says it is of.
func (s *API) getAccessKeyInfo(c *service.Call) (any, error) {
	k := &checker{form: c.Form}
	id := k.text("AccessKeyId", rule{required: true, least: 16, most: 128, pattern: wordChars})
	if err := k.err(); err != nil {
		return nil, err
	}
	if key, ok := s.issuer.Keys.Find(id); ok {
		return accessKeyInfoXML{Account: key.Who.Account}, nil
	}
	account, ok := accountOf(id)
	if !ok {
		return nil, validation("no account is known for this access key")
	}
	return accessKeyInfoXML{Account: account}, nil
}

// The longest sessions, in seconds: what can be asked for, and what an
// account's own user then gets.
const (
	longestSession = 129600
	rootLimit      = 3600
)

func (s *API) getSessionToken(c *service.Call) (any, error) {
	k := &checker{form: c.Form}
	seconds := k.number("DurationSeconds", 900, longestSession, 43200)
	size := k.number("MinimumSessionTokenSize", 0, access.MaxToken, 0)
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
	issued, err := s.issuer.Issue(c.Caller, access.Session{}, c.Now, rootSeconds(seconds), size)
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

func (s *API) getFederationToken(c *service.Call) (any, error) {
	k := &checker{form: c.Form}
	name := k.text("Name", rule{required: true, least: 2, most: 32, pattern: sessionNameChars})
	seconds := k.number("DurationSeconds", 900, longestSession, 43200)
	size := k.number("MinimumSessionTokenSize", 0, access.MaxToken, 0)
	pack, err := readPacked(k)
	if err != nil {
		return nil, err
	}
	if err := permanentOnly(c, "GetFederationToken"); err != nil {
		return nil, err
	}
	account := c.Caller.Account
	who := access.Identity{Account: account, Arn: "arn:aws:sts::" + account + ":federated-user/" + name, UserID: account + ":" + name}
	issued, err := s.issuer.Issue(who, access.Session{}, c.Now, rootSeconds(seconds), size)
	if err != nil {
		return nil, err
	}
	out := federationTokenXML{tokenXML: newTokenXML(issued), PackedPolicySize: pack.size()}
	out.FederatedUser.FederatedUserID, out.FederatedUser.Arn = who.UserID, who.Arn
	return out, nil
}

// permanentOnly refuses the operations that temporary credentials may not
// call.
func permanentOnly(c *service.Call, operation string) error {
	if !c.Temporary {
		return nil
	}
	return accessDenied("Cannot call %s with session credentials", operation)
}

// rootSeconds shortens what an account's own user asks for, as AWS does.
func rootSeconds(seconds int) time.Duration {
	return time.Duration(min(seconds, rootLimit)) * time.Second
}
