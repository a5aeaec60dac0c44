package lambda

import (
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

func permissionParams() map[string]schema.Field {
	return map[string]schema.Field{
		"statementId": {
			Aliases: []string{"permissionStatementId"}, MinLength: length(1), MaxLength: length(100), Pattern: `^[A-Za-z0-9_-]+$`,
			Example: "from-events", Description: "Identifies the statement within the policy.",
		},
		"qualifier":  {Aliases: []string{"permissionQualifier"}, Description: "The version or alias whose policy it is."},
		"revisionId": {Aliases: []string{"permissionRevisionId"}},
	}
}

func addPermissionParams() map[string]schema.Field {
	params := permissionParams()
	params["action"] = schema.Field{
		Aliases: []string{"permissionAction"}, Pattern: `^(lambda:\*|lambda:[A-Za-z]+|\*)$`,
		Example: "lambda:InvokeFunction", Description: "What the principal may do.",
	}
	params["principal"] = schema.Field{
		Aliases: []string{"permissionPrincipal"}, MinLength: length(1), Pattern: `^\S+$`,
		Example:     "s3.amazonaws.com",
		Description: "The service, account, user or role that may do it. With a service, say also sourceArn or sourceAccount.",
	}
	params["eventSourceToken"] = schema.Field{
		MaxLength:   length(256),
		Description: "The token that Alexa Smart Home asks of its caller.",
	}
	params["sourceAccount"] = schema.Field{
		Aliases: []string{"eventSourceAccount"}, Pattern: `^[0-9]{12}$`,
		Description: "The account that the calling service must act for.",
	}
	params["sourceArn"] = schema.Field{Aliases: []string{"sourceARN"}, Description: "The resource that the calling service must act for."}
	params["principalOrgID"] = schema.Field{
		MinLength: length(12), MaxLength: length(34), Pattern: `^o-[a-z0-9]{10,32}$`,
		Description: "The organization whose accounts may do it.",
	}
	params["functionUrlAuthType"] = schema.Field{Description: "How callers of the function's URL are known."}
	params["invokedViaFunctionUrl"] = schema.Field{Description: "Allow calls through the function's URL only."}
	return params
}

func permissionOperations() map[string]awsapi.Operation {
	return map[string]awsapi.Operation{
		"AddPermission": {
			Summary: "Let a service, account or role use a function.",
			Errors:  failsWith("PolicyLengthExceededException", "PreconditionFailedException", "PublicPolicyException", "ResourceConflictException"),
			Params:  addPermissionParams(),
		},
		"RemovePermission": {
			Summary: "Take a permission on a function back.",
			Errors:  failsWith("PreconditionFailedException", "PublicPolicyException"),
			Params:  permissionParams(),
		},
	}
}
