// Package sts is the connector of AWS STS: every operation of the SDK's
// client, and what the SDK cannot know of them.
//
// [Connector] gives it for a registry. The Credentials that its operations
// give can be given to a connection as they are.
package sts

import (
	"maps"

	sdk "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

// Connector returns the connector "sts", also "amazonaws_sts" and "amazonsts".
// Options go over what this package says.
func Connector(more ...awsapi.Option) *connector.Connector {
	options := []awsapi.Option{
		awsapi.Aliases("amazonaws_sts", "amazonsts"),
		awsapi.Summary("AWS STS: temporary credentials, and who the caller is."),
		awsapi.Reference("https://docs.aws.amazon.com/STS/latest/APIReference/API_%s.html"),
		awsapi.Params(awsapi.SessionParams()),
		awsapi.Params(federationParams()),
		awsapi.Results(results()),
		awsapi.Operations(roleOperations()),
		awsapi.Operations(otherOperations()),
	}
	return awsapi.Connector("sts", sdk.NewFromConfig, append(options, more...)...)
}

// federationParams are the parameters beside those of a session.
func federationParams() map[string]schema.Field {
	return map[string]schema.Field{
		"principalArn": {MinLength: length(20), MaxLength: length(2048), Description: "ARN of the SAML provider in IAM."},
		"samlAssertion": {
			Secret: true, MinLength: length(4), MaxLength: length(100000),
			Description: "The assertion of the SAML provider, in base64.",
		},
		"webIdentityToken": {
			Secret: true, MinLength: length(4), MaxLength: length(20000),
			Description: "The token of the identity provider.",
		},
		"providerId": {
			MinLength: length(4), MaxLength: length(2048),
			Description: "The host of an OAuth 2.0 provider; not for OpenID Connect.",
		},
		"tradeInToken":   {Secret: true},
		"encodedMessage": {MinLength: length(1), MaxLength: length(10240), Description: "The encoded message of a refusal."},
		"accessKeyId": {
			MinLength: length(16), MaxLength: length(128), Pattern: `^\w*$`, Example: "AKIAIOSFODNN7EXAMPLE",
			Description: "The access key whose account is asked for.",
		},
	}
}

// results are the secrets that STS gives; its SDK does not mark them.
func results() map[string]schema.Field {
	return map[string]schema.Field{
		"Credentials.SecretAccessKey": {Secret: true},
		"Credentials.SessionToken":    {Secret: true},
		"WebIdentityToken":            {Secret: true},
	}
}

// credentials are what every operation that gives some gives.
var credentials = []string{"Credentials.AccessKeyId", "Credentials.SecretAccessKey", "Credentials.SessionToken"}

// Getting credentials changes nothing, so all of these may be repeated.
var readOnly = awsapi.Effect(connector.EffectReadOnly)

func roleOperations() map[string]awsapi.Operation {
	return map[string]awsapi.Operation{
		"AssumeRole": {
			Needs:   credentials,
			Summary: "Get temporary credentials of a role.",
			Description: "Give the result's Credentials to a connection: credentials: \"${steps.role.Credentials}\". " +
				"A connection's own assumeRole also renews them.",
			Effect: readOnly,
			Check:  awsapi.CheckSession,
			Errors: []string{
				"AccessDenied", "ExpiredTokenException", "MalformedPolicyDocument",
				"PackedPolicyTooLarge", "RegionDisabledException", "ValidationError",
			},
		},
		"AssumeRoleWithSAML": {
			Needs:   credentials,
			Summary: "Get temporary credentials of a role with a SAML assertion.",
			Effect:  readOnly,
			Errors: []string{
				"AccessDenied", "ExpiredTokenException", "IDPRejectedClaim", "InvalidIdentityToken", "MalformedPolicyDocument",
				"PackedPolicyTooLarge", "RegionDisabledException", "ValidationError",
			},
		},
		"AssumeRoleWithWebIdentity": {
			Needs:   credentials,
			Summary: "Get temporary credentials of a role with the token of an identity provider.",
			Effect:  readOnly,
			Errors: []string{
				"AccessDenied", "ExpiredTokenException", "IDPCommunicationError", "IDPRejectedClaim", "InvalidIdentityToken",
				"MalformedPolicyDocument", "PackedPolicyTooLarge", "RegionDisabledException", "ValidationError",
			},
		},
		"AssumeRoot": {
			Needs:   credentials,
			Summary: "Get short-lived credentials of a member account's root user.",
			Effect:  readOnly,
			Params:  map[string]schema.Field{"durationSeconds": {Minimum: number(0), Maximum: number(900)}},
		},
	}
}

func otherOperations() map[string]awsapi.Operation {
	long := map[string]schema.Field{"durationSeconds": {Minimum: number(900), Maximum: number(129600)}}
	federation := maps.Clone(long)
	federation["name"] = schema.Field{
		MinLength: length(2), MaxLength: length(32), Pattern: `^[\w+=,.@-]*$`,
		Description: "Name of the federated user.",
	}
	return map[string]awsapi.Operation{
		"DecodeAuthorizationMessage": {
			Summary: "Decode the message that AWS encodes into a refusal.",
			Errors:  []string{"AccessDenied", "InvalidAuthorizationMessageException"},
			ExtraResults: []*schema.Field{{
				Name: "Decision", Type: schema.Any, Nullable: true, Description: "DecodedMessage as a value.",
			}},
			Finish: decodeDecision,
		},
		"GetAccessKeyInfo": {
			Summary: "Get the account that an access key belongs to.",
			Errors:  []string{"AccessDenied", "ValidationError"},
		},
		"GetCallerIdentity": {
			Needs:   []string{"Account", "Arn", "UserId"},
			Summary: "Get the account, user or role that the connection's credentials stand for.",
			Errors:  []string{"ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"},
		},
		"GetFederationToken": {
			Needs:   credentials,
			Summary: "Get temporary credentials for a federated user.",
			Errors:  []string{"AccessDenied", "MalformedPolicyDocument", "PackedPolicyTooLarge", "RegionDisabledException", "ValidationError"},
			Params:  federation,
			Check: func(given connector.Given) []connector.Mistake {
				return awsapi.CheckSession(connector.Given{Params: given.Params}) // it takes no credentials of a role
			},
		},
		"GetSessionToken": {
			Needs:   credentials,
			Summary: "Get temporary credentials for the caller itself, also with an MFA code.",
			Errors:  []string{"AccessDenied", "RegionDisabledException", "ValidationError"},
			Params:  long,
		},
		"GetWebIdentityToken": {
			Summary: "Get a signed token that tells the caller's identity to other services.",
			Params: map[string]schema.Field{
				"audience":        {Accept: schema.Accept{BareElement: true}},
				"durationSeconds": {Minimum: number(60), Maximum: number(3600)},
			},
		},
	}
}

// decodeDecision returns the decoded message as a value, too.
func decodeDecision(a awsapi.Answer) (any, error) {
	a.Result["Decision"] = nil
	if text, ok := a.Result["DecodedMessage"].(string); ok {
		if v, err := value.DecodeJSON([]byte(text)); err == nil {
			a.Result["Decision"] = v
		}
	}
	return a.Result, nil
}

func number(n float64) *float64 { return &n }

func length(n int) *int { return &n }
