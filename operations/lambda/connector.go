// Package lambda is the connector of AWS Lambda: every operation of the SDK's
// client, and what the SDK cannot know of them.
//
// [Connector] gives it for a registry. The tables of single operations are in
// aliases.go, functions.go, permissions.go, layers.go and invoke.go; waiters.go
// adds the operations that wait. An operation without a row in a table works as
// the SDK has it.
package lambda

import (
	"fmt"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

const name = "lambda"

// Connector returns the connector "lambda", also "amazonlambda". Options go over
// what this package says.
func Connector(more ...awsapi.Option) *connector.Connector {
	options := []awsapi.Option{
		awsapi.Aliases("amazonlambda"),
		awsapi.Summary("AWS Lambda: functions, versions, aliases, layers, permissions, and calling functions."),
		awsapi.Reference("https://docs.aws.amazon.com/lambda/latest/api/API_%s.html"),
		awsapi.Params(sharedParams()),
		awsapi.Params(structureParams()),
		awsapi.Params(runtimeParams()),
		awsapi.NotSecret(".Error.Message"),
		awsapi.Extra(apiVersion),
		awsapi.Hints(
			map[string]string{
				"responseVariable": "the result of a step is found under its id: give the step an id, and write ${steps.<id>}",
				"overwriteBody":    "a step's result replaces nothing: give the step an id, and write ${steps.<id>}",
			},
			map[string]string{"name": "a connection's name is its key below ‹connections:›, and a step chooses it by ‹connection:›"},
		),
		awsapi.Operations(accountOperations()),
		awsapi.Operations(aliasOperations()),
		awsapi.Operations(functionOperations()),
		awsapi.Operations(permissionOperations()),
		awsapi.Operations(layerOperations()),
		awsapi.Operations(invokeOperations()),
		awsapi.Needs(needs.Get()),
		awsapi.Touches(touches()),
		awsapi.Add(waiters()...),
	}
	return awsapi.Connector(name, sdk.NewFromConfig, append(options, more...)...)
}

// sharedParams are the parameters that many operations have, in our words.
// Limits are those of the API reference where they are the same everywhere.
func sharedParams() map[string]schema.Field {
	return map[string]schema.Field{
		"functionName": {
			MinLength: length(1), Pattern: functionName, Example: "orders",
			Description: "The function: its name, its ARN, or account:function:name. Some operations also take a version " +
				"or alias behind a colon.",
		},
		"functionVersion": {
			MinLength: length(1), MaxLength: length(1024),
			Description: "A published version, or $LATEST.", Example: "2",
		},
		"qualifier": {
			MinLength: length(1), MaxLength: length(128), Pattern: `^[A-Za-z0-9$_.-]+$`,
			Description: "A version, or an alias.",
		},
		"revisionId": {
			Description: "Do it only if this is still the revision; else the call fails with PreconditionFailedException.",
		},
		"marker": {Description: "Where the page before this one ended, as its NextMarker says."},
		"maxItems": {
			Minimum: number(1), Maximum: number(10000),
			Description: "The most items of one page; AWS gives at most 50.",
		},
		"description": {MaxLength: length(256), Description: "A description for people."},
		"layerName": {
			MinLength: length(1), MaxLength: length(140),
			Description: "The layer: its name or its ARN.", Example: "shared-libraries",
		},
		"versionNumber": {Description: "The version of the layer.", Example: "1"},
		"timeout":       {Minimum: number(1), Description: "Seconds that one invocation may take."},
		"memorySize": {
			Minimum: number(128), Maximum: number(32768),
			Description: "Memory in MB; the processor's share grows with it.",
		},
		"tenantId":             {Description: "The tenant of a multi-tenant function."},
		"durableExecutionName": {Description: "Name of the durable execution; the same name and payload give the same execution."},
		"tags":                 {Description: "Tags, as a map."},
		"publish":              {Description: "Also publish a version."},
		"dryRun":               {Description: "Check only, change nothing."},
		"codeSha256":           {Description: "Do it only if the code has this SHA-256, in base64."},
		"kmsKeyArn":            {Description: "The key that encrypts the environment variables."},
		"architectures":        {Accept: schema.Accept{BareElement: true}, Description: "The instruction set, one."},
		"environment":          {Description: "Environment variables of the function."},
		"deadLetterConfig":     {Description: "Where asynchronous events go that the function failed on."},
		"tracingConfig":        {Description: "Whether calls are traced by X-Ray."},
		"vpcConfig":            {Description: "The network that the function reaches."},
	}
}

const functionName = `^[A-Za-z0-9-_:.$]+$`

// versions are the API versions that differ from the service's own. An
// operation's documentation names the one in its address.
var versions = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"GetAccountSettings":           "2016-08-19",
		"AddLayerVersionPermission":    "2018-10-31",
		"RemoveLayerVersionPermission": "2018-10-31",
	}
}}

// apiVersion returns the parameter apiVersion<Operation> that flows from the
// published connector carry. It changes nothing.
func apiVersion(operation string) []*schema.Field {
	version := sdk.ServiceAPIVersion
	if v, ok := versions.Get()[operation]; ok {
		version = v
	}
	f := &schema.Field{
		Name: "apiVersion" + operation, Type: schema.String, Enum: []any{version},
		Description: "The version of the API. Only " + version + " is spoken, so it need not be given.",
		Accept: schema.Accept{Drop: true, Coerce: func(v any) (any, error) {
			if text, ok := v.(string); ok && text != version {
				return nil, fmt.Errorf("the API version spoken is %s, found %q", version, text)
			}
			return v, nil
		}},
	}
	if operation == "ListFunctions" {
		f.Aliases = []string{"apiVersionListFunction"}
	}
	return []*schema.Field{f}
}

func accountOperations() map[string]awsapi.Operation {
	return map[string]awsapi.Operation{
		"GetAccountSettings": {
			Summary: "Get the account's limits and usage in a Region.",
			Errors:  []string{"ServiceException", "TooManyRequestsException"},
		},
	}
}

// Errors that every operation on one function can fail with.
var functionErrors = []string{
	"InvalidParameterValueException", "ResourceNotFoundException", "ServiceException", "TooManyRequestsException",
}

// failsWith returns the errors of every operation on a function and more.
func failsWith(more ...string) []string {
	return append(append([]string(nil), functionErrors...), more...)
}

func number(n float64) *float64 { return &n }

func length(n int) *int { return &n }
