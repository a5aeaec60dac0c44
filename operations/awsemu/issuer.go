package awsemu

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"
)

// issuer makes temporary credentials and puts them on the keyring. Checking
// them is the verifier's business.
type issuer struct {
	keys    *keyring
	entropy *entropy
	limit   time.Duration // of every session; 0 for none
}

// tokenBytes is how much randomness a session token holds; no state is in it.
const tokenBytes = 192

// maxToken is the most that a session token may be asked to have, in bytes.
const maxToken = 4096

// issue makes a key pair with a session token of at least tokenSize bytes that
// stands for who until now plus valid.
func (i *issuer) issue(who identity, s session, now time.Time, valid time.Duration, tokenSize int) (credential, error) {
	id, err := i.entropy.keyID("ASIA")
	if err != nil {
		return credential{}, err
	}
	secret, err := i.entropy.text(30)
	if err != nil {
		return credential{}, err
	}
	token, err := i.entropy.text(max(tokenBytes, (tokenSize+3)/4*3))
	if err != nil {
		return credential{}, err
	}
	if i.limit > 0 {
		valid = min(valid, i.limit)
	}
	c := credential{
		keyID: id, secret: secret, token: token,
		expires: now.Add(valid).Truncate(time.Second),
		who:     who, session: s,
	}
	i.keys.add(c, now)
	return c, nil
}

// roleARN is the ARN of a role, in its parts.
type roleARN struct {
	text      string
	partition string
	account   string
	name      string // without its path
}

// id is the role's unique id: the same role has the same one in every run.
func (r roleARN) id() string {
	sum := sha256.Sum256([]byte(r.text))
	return ("AROA" + base32.StdEncoding.EncodeToString(sum[:]))[:21]
}

// assumed is who a session of the role is.
func (r roleARN) assumed(sessionName string) identity {
	return identity{
		Account: r.account,
		Arn:     "arn:" + r.partition + ":sts::" + r.account + ":assumed-role/" + r.name + "/" + sessionName,
		UserID:  r.id() + ":" + sessionName,
	}
}

// parseRole reads arn:PARTITION:iam::ACCOUNT:role/PATH/NAME.
func parseRole(text string) (roleARN, bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || parts[3] != "" || !isAccount(parts[4]) {
		return roleARN{}, false
	}
	path, ok := strings.CutPrefix(parts[5], "role/")
	name := path[strings.LastIndex(path, "/")+1:]
	if !ok || name == "" || !strings.HasPrefix(parts[1], "aws") {
		return roleARN{}, false
	}
	return roleARN{text: text, partition: parts[1], account: parts[4], name: name}, true
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}
