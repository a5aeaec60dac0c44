package access

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// RoleARN is the ARN of a role, in its parts.
type RoleARN struct {
	Text      string // the ARN as it was written
	partition string
	account   string
	Name      string // without its path
}

// id is the role's unique id: the same role has the same one in every run.
func (r RoleARN) id() string {
	sum := sha256.Sum256([]byte(r.Text))
	return ("AROA" + base32.StdEncoding.EncodeToString(sum[:]))[:21]
}

// Assumed is who a session of the role is.
func (r RoleARN) Assumed(sessionName string) Identity {
	return Identity{
		Account: r.account,
		Arn:     "arn:" + r.partition + ":sts::" + r.account + ":assumed-role/" + r.Name + "/" + sessionName,
		UserID:  r.id() + ":" + sessionName,
	}
}

// ParseRole reads arn:PARTITION:iam::ACCOUNT:role/PATH/NAME.
func ParseRole(text string) (RoleARN, bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || parts[3] != "" || !IsAccount(parts[4]) {
		return RoleARN{}, false
	}
	path, ok := strings.CutPrefix(parts[5], "role/")
	name := path[strings.LastIndex(path, "/")+1:]
	if !ok || name == "" || !strings.HasPrefix(parts[1], "aws") {
		return RoleARN{}, false
	}
	return RoleARN{Text: text, partition: parts[1], account: parts[4], Name: name}, true
}

// IsAccount says whether a text is the number of an account.
func IsAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}
