package lambda

import (
	"maps"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

// codeSpellings are the published connector's names for the members of a
// function's structures.
var codeSpellings = late.Value[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"code.zipFile":               {"zipFile"},
		"code.s3Bucket":              {"s3Bucket"},
		"code.s3Key":                 {"s3Key"},
		"code.s3ObjectVersion":       {"s3ObjectVersion"},
		"deadLetterConfig.targetArn": {"targetArn"},
		"environment.variables":      {"environmentVariables"},
		"tracingConfig.mode":         {"mode"},
		"vpcConfig.securityGroupIds": {"securityGroupIds"},
		"vpcConfig.subnetIds":        {"subnetIds"},
	}
}}

func createParams() map[string]schema.Field {
	return map[string]schema.Field{
		"role": {
			Example:     "arn:aws:iam::000000000000:role/orders",
			Description: "ARN of the role that the function works as.",
		},
		"code":                 {Description: "The code: zipFile, an object in S3, or a container image."},
		"code.zipFile":         {Description: "A zip archive: base64 text, bytes, or {file: path}."},
		"code.s3Bucket":        {Description: "The bucket, in the function's Region."},
		"code.s3Key":           {Description: "The archive's key in the bucket."},
		"code.s3ObjectVersion": {Description: "The version of the object, where the bucket keeps versions."},
		"code.imageUri":        {Description: "The image in the registry."},
		"handler": {
			MaxLength: length(128), Pattern: `^\S*$`,
			Description: "What is called in the code.", Example: "index.handler",
		},
		"runtime":     {Description: "The language runtime.", Example: "provided.al2023"},
		"description": {Aliases: []string{"functionDescription"}, Description: "Description of the function."},
	}
}

// withoutNullText takes the text "null" for null where the published
// connector sends it so.
func withoutNullText(params map[string]any) error {
	code, ok := params["code"].(map[string]any)
	if !ok || code["s3ObjectVersion"] != "null" {
		return nil
	}
	code = maps.Clone(code)
	delete(code, "s3ObjectVersion")
	params["code"] = code
	return nil
}

func functionOperations() map[string]awsapi.Operation {
	return map[string]awsapi.Operation{
		"CreateFunction": {
			Summary: "Create a function.",
			Errors: failsWith("CodeSigningConfigNotFoundException", "CodeStorageExceededException", "CodeVerificationFailedException",
				"InvalidCodeSignatureException", "ResourceConflictException"),
			Params:    createParams(),
			Spellings: codeSpellings.Get(),
			Prepare:   withoutNullText,
		},
		"DeleteFunction": {
			Summary:     "Delete a function, or one of its versions.",
			Description: "With a qualifier only that version goes; without one the function, all its versions and aliases.",
			Errors:      failsWith("ResourceConflictException"),
			Params: map[string]schema.Field{"qualifier": {
				Aliases:     []string{"deleteFunctionQualifier"},
				Description: "The version to delete.",
			}},
		},
		"GetFunction": {
			Summary: "Get a function's configuration, tags, and a link to its code.",
			Errors:  functionErrors,
		},
		"GetFunctionConfiguration": {
			Summary: "Get the configuration of a function or of one of its versions.",
			Errors:  functionErrors,
		},
		"ListFunctions": {
			Summary: "List the functions of a Region.",
			Errors:  []string{"InvalidParameterValueException", "ServiceException", "TooManyRequestsException"},
			Params: map[string]schema.Field{
				"functionVersion": {
					Aliases: []string{"functionVersionToBeListed"}, Example: "ALL",
					Description: "ALL lists every published version, too.",
				},
				"masterRegion": {
					Pattern: `^(ALL|[a-z]{2}(-[a-z]+)+-[0-9])$`,
					Description: "For Lambda@Edge: the Region of the functions that were copied, or ALL; needs functionVersion " +
						"ALL.",
				},
			},
		},
		"PublishVersion": {
			Summary:     "Publish a version: the function's code and configuration as they are now.",
			Description: "Where nothing changed since the last version, AWS gives that one.",
			Errors:      failsWith("CodeStorageExceededException", "PreconditionFailedException", "ResourceConflictException"),
			Params: map[string]schema.Field{"description": {
				Description: "Description of the version, in place of the function's.",
			}},
		},
	}
}
