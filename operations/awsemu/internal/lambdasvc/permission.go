package lambdasvc

import (
	"strings"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// permissionInput is the body of AddPermission.
type permissionInput struct {
	StatementID           string `json:"StatementId"`
	Action                string
	Principal             string
	SourceArn             string
	SourceAccount         string
	EventSourceToken      string
	PrincipalOrgID        string
	FunctionURLAuthType   string `json:"FunctionUrlAuthType"`
	InvokedViaFunctionURL *bool  `json:"InvokedViaFunctionUrl"`
	RevisionID            string `json:"RevisionId"`
}

var (
	actionName   = &regex.Late{Text: `^(?:lambda:\*|lambda:[a-zA-Z]+|\*)$`}
	eventToken   = &regex.Late{Text: `^[\w.-]{0,256}$`}
	serviceName  = &regex.Late{Text: `^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$|^[a-z0-9-]+\.alexa\.com$|^alexa-[a-z.-]+\.amazon\.com$`}
	sourceARN    = &regex.Late{Text: `^arn:aws[a-zA-Z0-9-]*:[a-zA-Z0-9-]+:[a-z0-9-]*:\d{0,12}:.*$`}
	accountID    = &regex.Late{Text: `^\d{12}$`}
	urlAuthType  = &regex.Late{Text: `^(?:NONE|AWS_IAM)$`}
	principalARN = &regex.Late{Text: `^arn:aws[a-z-]*:(?:iam|sts)::\d{12}:[^\s]+$`}
)

// check tells the first member that cannot be.
func (in permissionInput) check() error {
	for _, m := range []struct {
		member, value string
		pattern       *regex.Late
		required      bool
	}{
		{"statementId", in.StatementID, statementID, true},
		{"action", in.Action, actionName, true},
		{"sourceArn", in.SourceArn, sourceARN, false},
		{"sourceAccount", in.SourceAccount, accountID, false},
		{"eventSourceToken", in.EventSourceToken, eventToken, false},
		{"principalOrgID", in.PrincipalOrgID, organizationID, false},
		{"functionUrlAuthType", in.FunctionURLAuthType, urlAuthType, false},
	} {
		if (m.required || m.value != "") && !m.pattern.Get().MatchString(m.value) {
			shown := m.value
			if m.member == "eventSourceToken" {
				shown = "***"
			}
			return service.InvalidMember(shown, m.member, "Member must satisfy regular expression pattern: "+strings.Trim(m.pattern.Text, "^$"))
		}
	}
	if p := in.Principal; p != "*" && !access.IsAccount(p) && !serviceName.Get().MatchString(p) && !principalARN.Get().MatchString(p) {
		return service.Invalid("The provided principal was invalid. Please check the principal and try again.")
	}
	return nil
}

// statement is the permission as it stands in the policy of a resource.
func (in permissionInput) statement(resource string) statement {
	s := statement{Sid: in.StatementID, Effect: "Allow", Principal: principal(in.Principal), Action: in.Action, Resource: resource}
	set := func(operator, key, value string) {
		if value == "" {
			return
		}
		if s.Condition == nil {
			s.Condition = map[string]map[string]string{}
		}
		if s.Condition[operator] == nil {
			s.Condition[operator] = map[string]string{}
		}
		s.Condition[operator][key] = value
	}
	set("StringEquals", "AWS:SourceAccount", in.SourceAccount)
	set("ArnLike", "AWS:SourceArn", in.SourceArn)
	set("StringEquals", "aws:PrincipalOrgID", in.PrincipalOrgID)
	set("StringEquals", "lambda:EventSourceToken", in.EventSourceToken)
	set("StringEquals", "lambda:FunctionUrlAuthType", in.FunctionURLAuthType)
	if via := in.InvokedViaFunctionURL; via != nil && *via {
		set("Bool", "lambda:InvokedViaFunctionUrl", "true")
	}
	return s
}

// policied finds the function and makes sure that the qualifier is one of it.
func (r *realm) policied(ref functionRef) (*function, error) {
	f, err := r.function(ref)
	if err != nil {
		return nil, err
	}
	if ref.qualifier == latest {
		return nil, service.Invalid("We currently do not support adding policies for $LATEST.")
	}
	_, err = f.resolve(ref.qualifier)
	return f, err
}

func (r *realm) addPermission(ref functionRef, in permissionInput) (statement, error) {
	if err := in.check(); err != nil {
		return statement{}, err
	}
	f, err := r.policied(ref)
	if err != nil {
		return statement{}, err
	}
	next, err := r.revision()
	if err != nil {
		return statement{}, err
	}
	s := in.statement(ref.arn(ref.qualifier))
	granted, err := f.policies[ref.qualifier].grant(s, in.RevisionID, next)
	if err != nil {
		return statement{}, err
	}
	f.policies[ref.qualifier] = granted
	return s, nil
}

func (r *realm) removePermission(ref functionRef, sid, revisionID string) (struct{}, error) {
	f, err := r.policied(ref)
	if err != nil {
		return struct{}{}, err
	}
	next, err := r.revision()
	if err != nil {
		return struct{}{}, err
	}
	left, err := f.policies[ref.qualifier].revoke(sid, revisionID, next)
	if err != nil {
		return struct{}{}, err
	}
	f.policies[ref.qualifier] = left
	return struct{}{}, nil
}

func (r *realm) policy(ref functionRef) (policyShape, error) {
	f, err := r.policied(ref)
	if err != nil {
		return policyShape{}, err
	}
	return f.policies[ref.qualifier].shape()
}
