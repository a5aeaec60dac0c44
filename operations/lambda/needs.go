package lambda

import "github.com/medlar-flow/medlar/internal/late"

// needs are the members that a success always has: those that AWS's model
// requires, and those that its reference gives without a condition and that
// other calls are made with.
var needs = late.Value[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"CheckpointDurableExecution":   {"NewExecutionState"},
		"CreateAlias":                  {"FunctionVersion", "RevisionId"},
		"CreateCapacityProvider":       {"CapacityProvider"},
		"CreateCodeSigningConfig":      {"CodeSigningConfig"},
		"CreateFunctionUrlConfig":      {"AuthType", "CreationTime", "FunctionArn", "FunctionUrl"},
		"DeleteCapacityProvider":       {"CapacityProvider"},
		"GetAlias":                     {"FunctionVersion", "RevisionId"},
		"GetCapacityProvider":          {"CapacityProvider"},
		"GetCodeSigningConfig":         {"CodeSigningConfig"},
		"GetDurableExecution":          {"DurableExecutionArn", "DurableExecutionName", "FunctionArn", "StartTimestamp", "Status"},
		"GetFunctionCodeSigningConfig": {"CodeSigningConfigArn", "FunctionName"},
		"GetFunctionUrlConfig":         {"AuthType", "CreationTime", "FunctionArn", "FunctionUrl", "LastModifiedTime"},

		"ListFunctionVersionsByCapacityProvider": {"CapacityProviderArn"},

		"PublishVersion":               {"Version"},
		"PutFunctionCodeSigningConfig": {"CodeSigningConfigArn", "FunctionName"},
		"PutRuntimeManagementConfig":   {"FunctionArn", "UpdateRuntimeOn"},
		"StopDurableExecution":         {"StopTimestamp"},
		"UpdateAlias":                  {"FunctionVersion", "RevisionId"},
		"UpdateCapacityProvider":       {"CapacityProvider"},
		"UpdateCodeSigningConfig":      {"CodeSigningConfig"},
		"UpdateFunctionUrlConfig":      {"AuthType", "CreationTime", "FunctionArn", "FunctionUrl", "LastModifiedTime"},
	}
}}
