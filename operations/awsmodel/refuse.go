package awsmodel

import (
	"fmt"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/endpoint"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// refusal says why an operation cannot be called; empty where it can.
func refusal(s *model.Service, o *model.Operation) string {
	streams := func(i int) bool {
		if i == model.None {
			return false
		}
		for _, m := range s.Shapes[i].Members {
			if s.Shapes[m.Shape].Flags&model.EventStream != 0 {
				return true
			}
		}
		return false
	}
	switch {
	case s.Protocol == "":
		return "the protocol of this service is not spoken"
	case streams(o.Input):
		return "it exchanges events in both directions, which a step cannot"
	case streams(o.Output):
		return "it answers with a stream of events, which is not read yet"
	case o.Flags&model.NeedsDiscovery != 0:
		return "its endpoint must be asked for first, which is not done"
	}
	return refusedAuth(s, o)
}

// refusedAuth says which signature is not spoken; empty where one is.
func refusedAuth(s *model.Service, o *model.Operation) string {
	list := s.Auth
	if len(o.Auth) > 0 {
		list = o.Auth
	}
	var other string
	for _, a := range list {
		switch a {
		case "aws.auth#sigv4", "smithy.api#noAuth":
			return ""
		default:
			other = a
		}
	}
	if other == "" {
		return ""
	}
	names := map[string]string{
		"aws.auth#sigv2": "signature version 2", "aws.auth#sigv4a": "signature version 4a",
		"smithy.api#httpBearerAuth": "a bearer token",
	}
	name := names[other]
	if name == "" {
		name = other
	}
	return fmt.Sprintf("it is signed with %s, which is not spoken", name)
}

// signatures are what rules of endpoints call signatures that are not spoken.
var signatures = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"sigv4a": "signature version 4a", "sigv4-s3express": "sessions of S3 Express", "none": "no signature",
	}
}}

// notSpoken says why requests to an endpoint cannot be signed; empty where they
// can.
func notSpoken(e *endpoint.Endpoint) string {
	other := ""
	for _, s := range e.AuthSchemes {
		if s.Name == "sigv4" {
			return ""
		}
		other = s.Name
	}
	if known := signatures.Get()[other]; known != "" {
		other = known
	}
	return other
}

// signable finds steps whose requests cannot be signed where their parameters
// send them: buckets of S3 Express, access points and endpoints of several
// Regions.
func (o *operation) signable(given connector.Given) []connector.Mistake {
	params, places := map[string]any{}, ""
	for _, m := range o.service.model.Shapes[o.model.Input].Members {
		if m.ContextParam == "" {
			continue
		}
		switch v := given.Params[spelled(m.Name)].(type) {
		case nil, connector.Unknown:
		default:
			params[m.ContextParam], places = v, spelled(m.Name)
		}
	}
	if places == "" {
		return nil
	}
	rules, err := o.service.rules()
	if err != nil {
		return nil
	}
	for _, p := range o.model.Static {
		setStatic(params, p)
	}
	for name, p := range rules.Params {
		if v := checkedBuiltIn(p.BuiltIn, given.Connection); v != nil {
			params[name] = v
		}
	}
	e, err := rules.Resolve(params)
	if err != nil {
		return nil // the Region, or something else that is not known, can make it right
	}
	other := notSpoken(e)
	if other == "" {
		return nil
	}
	return []connector.Mistake{{
		Param: places, Rule: "refused-operation", Message: fmt.Sprintf("requests for this %s need %s, which is not spoken", places, other),
		Help: "name another one; what is not done is in docs/aws.md",
	}}
}

// checkedBuiltIn is what a flow says of a parameter that the rules want of the
// configuration, as far as it is known before a run.
func checkedBuiltIn(name string, connection map[string]any) any {
	switch name {
	case "AWS::Region":
		if region, ok := connection["region"].(string); ok {
			return region
		}
		return "us-east-1"
	case "AWS::UseFIPS":
		return connection["useFips"] == true
	case "AWS::UseDualStack":
		return connection["useDualStack"] == true
	case "SDK::Endpoint":
		if at, ok := connection["endpoint"].(string); ok {
			return at
		}
	}
	return nil
}
