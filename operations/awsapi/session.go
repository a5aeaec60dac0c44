package awsapi

import (
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// SessionParams says what AWS documents of the parameters that the operations
// of STS, and the hops of a connection's assumeRole, share.
func SessionParams() map[string]schema.Field {
	return map[string]schema.Field{
		"roleArn": {
			MinLength: length(20), MaxLength: length(2048),
			Example: "arn:aws:iam::000000000000:role/deployer", Description: "ARN of the role to assume.",
		},
		"roleSessionName": {
			MinLength: length(2), MaxLength: length(64), Pattern: `^[\w+=,.@-]*$`,
			Example: "canary", Description: "Name of the session; it shows in the role's ARN and in CloudTrail.",
		},
		"durationSeconds": {
			Minimum: number(900), Maximum: number(43200),
			Description: "How long the credentials are valid.",
		},
		"externalId": {
			MinLength: length(2), MaxLength: length(1224), Pattern: `^[\w+=,.@:/-]*$`,
			Description: "The value that the role's trust policy asks of a third party.",
		},
		"policy": {
			MinLength: length(1), MaxLength: length(2048), Accept: schema.Accept{Coerce: policyText},
			Description: "A policy that narrows the session further: an object, or its JSON text.",
		},
		"policyArns": {
			MaxLength: length(10), Accept: schema.Accept{Coerce: policyARNs, BareElement: true},
			Description: "Managed policies that narrow the session further: a list of ARNs, or of {arn}.",
		},
		"policyArns[].arn": {MinLength: length(20), MaxLength: length(2048), Description: "ARN of the policy."},
		"providedContexts": {MaxLength: length(5), Description: "Context assertions of trusted providers."},
		"serialNumber": {
			MinLength: length(9), MaxLength: length(256), Pattern: `^[\w+=/:,.@-]*$`,
			Description: "Serial number or ARN of the MFA device.",
		},
		"sourceIdentity": {
			MinLength: length(2), MaxLength: length(64), Pattern: `^[\w+=,.@-]*$`,
			Description: "Who is behind the session; it stays through a chain of roles.",
		},
		"tags": {
			MaxLength: length(50), Accept: schema.Accept{Coerce: tagList},
			Description: "Session tags: a map, or a list of {key, value}.",
		},
		"tags[].key":          {MinLength: length(1), MaxLength: length(128), Pattern: tagCharacters, Description: "Name of the tag."},
		"tags[].value":        {MaxLength: length(256), Pattern: tagCharacters, Description: "Value of the tag."},
		"transitiveTagKeys[]": {MinLength: length(1), MaxLength: length(128), Pattern: tagCharacters},
		"tokenCode": {
			Secret: true, MinLength: length(6), MaxLength: length(6), Pattern: `^[0-9]*$`,
			Description: "The six digits that the MFA device shows.",
		},
		"transitiveTagKeys": {
			MaxLength: length(50), Accept: schema.Accept{BareElement: true},
			Description: "Keys of tags that the next session of a chain keeps.",
		},
		"providedContexts[].contextAssertion": {
			Secret: true, MinLength: length(4), MaxLength: length(2048),
			Description: "The signed assertion of the provider.",
		},
		"providedContexts[].providerArn": {
			MinLength: length(20), MaxLength: length(2048),
			Description: "ARN of the provider.",
		},
		"minimumSessionTokenSize": {Description: "The least size of the session token."},
	}
}

// tagCharacters are those that AWS documents of a session tag's name and value.
const tagCharacters = `^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`

// policyText turns a policy given as an object into its JSON text.
func policyText(v any) (any, error) {
	if n, err := value.Normalize(v); err == nil {
		v = n
	}
	switch v.(type) {
	case map[string]any, []any:
		text, err := value.EncodeJSON(v)
		return string(text), err
	}
	return v, nil
}

// policyARNs turns each ARN of a list into {arn}.
func policyARNs(v any) (any, error) {
	v = fromJSONText(v)
	if _, bare := v.(string); bare {
		v = []any{v}
	}
	list, ok := v.([]any)
	if !ok {
		return v, nil
	}
	out := make([]any, len(list))
	for i, arn := range list {
		out[i] = arn
		if text, ok := arn.(string); ok {
			out[i] = map[string]any{"arn": text}
		}
	}
	return out, nil
}

// tagList turns a map of tags into a list of {key, value}, sorted by key.
func tagList(v any) (any, error) {
	v = fromJSONText(v)
	m, ok := v.(map[string]any)
	if !ok {
		return v, nil
	}
	list := make([]any, 0, len(m))
	for _, key := range value.SortedKeys(m) {
		if m[key] == nil {
			return nil, fmt.Errorf("the tag %q has no value", key)
		}
		list = append(list, map[string]any{"key": key, "value": m[key]})
	}
	return list, nil
}

// fromJSONText decodes text that holds a list or map, and makes what Go
// programs give a value of flows. What it does not know stays.
func fromJSONText(v any) any {
	text, ok := v.(string)
	if !ok {
		if n, err := value.Normalize(v); err == nil {
			return n
		}
		return v
	}
	switch decoded, _ := value.DecodeJSON([]byte(text)); decoded.(type) {
	case map[string]any, []any:
		return decoded
	}
	return v
}

// hopField describes one hop of assumeRole: the parameters of AssumeRole
// itself, with a session name of our own where none is given.
func hopField(params map[string]schema.Field) *schema.Field {
	input := reflect.TypeFor[sts.AssumeRoleInput]()
	d := &describer{
		required: map[string]bool{"roleArn": true},
		own:      params,
		used:     map[string]bool{},
	}
	return &schema.Field{Type: schema.Object, Accept: schema.Accept{JSONText: true}, Members: schema.MustNew(d.fields(input, modelOf(input), "")...)}
}

// hopSetter fills the input of AssumeRole from a hop's parameters.
var hopSetter = late.Value[*structSetter]{Make: func() *structSetter {
	return newSetters(nil).forStruct(reflect.TypeFor[sts.AssumeRoleInput]())
}}
