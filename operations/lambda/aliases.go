package lambda

import (
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

// An alias is no number: that would name a version.
const aliasName = `^[0-9]*[A-Za-z_-][A-Za-z0-9_-]*$`

const weights = "routingConfig.additionalVersionWeights"

func aliasParams() map[string]schema.Field {
	return map[string]schema.Field{
		"name": {
			Aliases: []string{"aliasName"}, MinLength: length(1), MaxLength: length(128), Pattern: aliasName,
			Example: "live", Description: "Name of the alias.",
		},
	}
}

// routedAliasParams are those of the operations that write an alias.
// description is the published connector's name for the description.
func routedAliasParams(description string) map[string]schema.Field {
	params := aliasParams()
	params["description"] = schema.Field{Aliases: []string{description}, Description: "Description of the alias."}
	params["functionVersion"] = schema.Field{
		Pattern:     `^(\$LATEST(\.PUBLISHED)?|[0-9]+)$`,
		Description: "The version that the alias points at.",
	}
	params["routingConfig"] = schema.Field{
		Description: "Sends a share of the calls to a second version: {additionalVersionWeights: {\"2\": 0.1}}.",
	}
	params[weights] = schema.Field{
		Description: "The second version and its share of the calls, 0 to 1. An empty map sends all to functionVersion.",
	}
	params[weights+"[]"] = schema.Field{Minimum: number(0), Maximum: number(1)}
	return params
}

func aliasOperations() map[string]awsapi.Operation {
	update := routedAliasParams("updatedAliasDescription")
	update["revisionId"] = schema.Field{Aliases: []string{"aliasRevisionId"}}
	return map[string]awsapi.Operation{
		"CreateAlias": {
			Summary:     "Create an alias for a version of a function.",
			Description: "An alias is a name that callers keep while the version behind it changes. It can split calls between two versions.",
			Errors:      failsWith("ResourceConflictException", "AliasLimitExceededException"),
			Params:      routedAliasParams("createAliasDescription"),
			Spellings:   map[string][]string{weights: {"aliasAdditionalVersionWeights", "additionalVersionWeights"}},
		},
		"UpdateAlias": {
			Summary:     "Change an alias: its version, its description, or how it splits calls.",
			Description: "What is not given stays as it is.",
			Errors:      failsWith("ResourceConflictException", "PreconditionFailedException"),
			Params:      update,
			Spellings:   map[string][]string{weights: {"updatedAliasAdditionalVersionWeight", "updatedAliasAdditionalVersionWeights", "additionalVersionWeights"}},
		},
		"GetAlias": {
			Summary: "Get an alias.",
			Errors:  functionErrors,
			Params:  aliasParams(),
		},
		"DeleteAlias": {
			Summary: "Delete an alias; it is no error if there is none.",
			Effect:  awsapi.Effect(connector.EffectIdempotent),
			Errors:  []string{"InvalidParameterValueException", "ResourceConflictException", "ServiceException", "TooManyRequestsException"},
			Params:  aliasParams(),
		},
	}
}
