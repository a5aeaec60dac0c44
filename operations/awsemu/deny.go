package awsemu

import (
	"net/http"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/plainjson"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// decision is the document that an encoded authorization message holds.
type decision struct {
	Allowed           bool      `json:"allowed"`
	ExplicitDeny      bool      `json:"explicitDeny"`
	MatchedStatements statusSet `json:"matchedStatements"`
	Failures          statusSet `json:"failures"`
	Context           struct {
		Principal struct {
			ID  string `json:"id"`
			Arn string `json:"arn"`
		} `json:"principal"`
		Action     string    `json:"action"`
		Resource   string    `json:"resource"`
		Conditions statusSet `json:"conditions"`
	} `json:"context"`
}

type statusSet struct {
	Items []string `json:"items"`
}

// deny is the answer to a request that is not allowed, with the message that
// DecodeAuthorizationMessage explains.
func deny(c *service.Call, svc service.Service, op service.Operation, secret *access.Sealer) *service.APIError {
	none := statusSet{Items: []string{}}
	d := decision{MatchedStatements: none, Failures: none}
	d.Context.Conditions = none
	d.Context.Principal.ID, d.Context.Principal.Arn = c.Caller.UserID, c.Caller.Arn
	d.Context.Action, d.Context.Resource = svc.Action(op), svc.Resource(c)
	text := "User: " + c.Caller.Arn + " is not authorized to perform: " + d.Context.Action +
		" on resource: " + d.Context.Resource + " because no identity-based policy allows the " + d.Context.Action + " action"
	if document, err := plainjson.Encode(d); err == nil {
		if encoded, err := secret.Seal(document); err == nil {
			text += ". Encoded authorization failure message: " + encoded
		}
	}
	return service.Failure(svc.DeniedCode(), http.StatusForbidden, "%s", text)
}
