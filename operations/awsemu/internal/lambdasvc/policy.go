package lambdasvc

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// policyLimit is the size in bytes that a resource's policy may reach.
const policyLimit = 20480

// statement is one permission, in the form that policies have in AWS.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    string
	Resource  string
	Condition map[string]map[string]string `json:",omitempty"`
}

// policy is what a function, a version, an alias or a layer version allows.
type policy struct {
	revision   string
	statements []statement
}

var (
	statementID    = &regex.Late{Text: `^[a-zA-Z0-9_-]{1,100}$`}
	organizationID = &regex.Late{Text: `^o-[a-z0-9]{10,32}$`}
)

// document is the policy as text. Nothing in it can fail to encode.
func (p *policy) document() string {
	text, _ := json.Marshal(struct {
		Version   string
		Id        string //nolint:revive // the document's spelling
		Statement []statement
	}{"2012-10-17", "default", p.statements})
	return string(text)
}

func (s statement) text() string {
	text, _ := json.Marshal(s)
	return string(text)
}

// grant returns the policy that p becomes with one statement more. p may be nil;
// it is not changed.
func (p *policy) grant(s statement, revisionID, next string) (*policy, error) {
	if p == nil {
		p = &policy{}
	}
	if revisionID != "" && revisionID != p.revision {
		return nil, stale("GetPolicy")
	}
	if p.index(s.Sid) >= 0 {
		return nil, service.Conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", s.Sid)
	}
	granted := &policy{revision: next, statements: append(slices.Clone(p.statements), s)}
	if size := len(granted.document()); size > policyLimit {
		return nil, service.Failure("PolicyLengthExceededException", http.StatusBadRequest, "The final policy size (%d) is bigger than the limit (%d).", size, policyLimit)
	}
	return granted, nil
}

// revoke returns the policy that p becomes without a statement: nil where that
// was the last one. p may be nil; it is not changed.
func (p *policy) revoke(sid, revisionID, next string) (*policy, error) {
	if p == nil {
		return nil, service.NotFound("No policy is associated with the given resource.")
	}
	if revisionID != "" && revisionID != p.revision {
		return nil, stale("GetPolicy")
	}
	i := p.index(sid)
	if i < 0 {
		return nil, service.NotFound("Statement %s is not found in resource policy.", sid)
	}
	if len(p.statements) == 1 {
		return nil, nil
	}
	return &policy{revision: next, statements: slices.Delete(slices.Clone(p.statements), i, i+1)}, nil
}

func (p *policy) index(sid string) int {
	return slices.IndexFunc(p.statements, func(s statement) bool { return s.Sid == sid })
}

// policyShape is the body of GetPolicy and GetLayerVersionPolicy.
type policyShape struct {
	Policy     string
	RevisionID string `json:"RevisionId"`
}

func (p *policy) shape() (policyShape, error) {
	if p == nil {
		return policyShape{}, service.NotFound("No policy is associated with the given resource.")
	}
	return policyShape{Policy: p.document(), RevisionID: p.revision}, nil
}

// principal is who a statement speaks of: everybody, an account, a service, or
// whatever an ARN names.
func principal(text string) any {
	switch {
	case text == "*":
		return "*"
	case access.IsAccount(text):
		return map[string]string{"AWS": "arn:aws:iam::" + text + ":root"}
	case strings.HasPrefix(text, "arn:"):
		return map[string]string{"AWS": text}
	}
	return map[string]string{"Service": text}
}
