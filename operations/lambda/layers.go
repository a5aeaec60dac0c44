package lambda

import (
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

func layerPermissionParams() map[string]schema.Field {
	return map[string]schema.Field{
		"versionNumber": {Aliases: []string{"layerVersionNumber"}, Minimum: number(1)},
		"statementId": {
			Aliases: []string{"layerStatementId"}, MinLength: length(1), MaxLength: length(100), Pattern: `^[A-Za-z0-9_-]+$`,
			Example: "for-all", Description: "Identifies the statement within the policy of this layer version.",
		},
		"revisionId": {Aliases: []string{"layerRevisionId"}},
	}
}

func layerOperations() map[string]awsapi.Operation {
	add := layerPermissionParams()
	add["action"] = schema.Field{
		Aliases: []string{"layerAction"}, Default: "lambda:GetLayerVersion", MaxLength: length(22),
		Pattern: `^lambda:GetLayerVersion$`, Description: "What the principal may do; AWS knows one action for layers.",
	}
	add["principal"] = schema.Field{
		Aliases: []string{"layerPrincipal"}, Pattern: `^([0-9]{12}|\*|arn:aws[a-zA-Z-]*:iam::[0-9]{12}:root)$`,
		Example: "000000000000", Description: "An account, or * for all accounts (of organizationId, where given).",
	}
	add["organizationId"] = schema.Field{
		Aliases: []string{"layerOrganizationId"}, MaxLength: length(34), Pattern: `^o-[a-z0-9]{10,32}$`,
		Description: "With principal *: only the accounts of this organization.",
	}
	version := map[string]schema.Field{"versionNumber": {Aliases: []string{"layerVersionNumber"}}}
	return map[string]awsapi.Operation{
		"GetLayerVersion":       {Params: version},
		"GetLayerVersionPolicy": {Params: version},
		"DeleteLayerVersion":    {Params: version},
		"AddLayerVersionPermission": {
			Summary: "Let other accounts use a version of a layer.",
			Errors:  failsWith("PolicyLengthExceededException", "PreconditionFailedException", "ResourceConflictException"),
			Params:  add,
		},
		"RemoveLayerVersionPermission": {
			Summary: "Take a permission on a version of a layer back.",
			Errors:  failsWith("PreconditionFailedException"),
			Params:  layerPermissionParams(),
		},
		"GetLayerVersionByArn": {
			Summary:   "Get a version of a layer by its ARN.",
			IAMAction: "lambda:GetLayerVersion",
		},
	}
}
