package lambda

import "github.com/medlar-flow/medlar/schema"

// structureParams are the members of a function's structures, in our words;
// the operations that write a function share them.
func structureParams() map[string]schema.Field {
	return map[string]schema.Field{
		"layers": {
			Accept:      schema.Accept{BareElement: true},
			Description: "ARNs of layer versions, the first one below the others; a list, or one ARN.",
		},
		"packageType":          {Description: "Whether the code is a zip archive or a container image."},
		"publishTo":            {Description: "Where the version is published to, beside its number."},
		"codeSigningConfigArn": {Description: "The code signing configuration that the code must satisfy."},

		"code.s3ObjectStorageMode": {
			Description: "COPY stores a copy of the archive in Lambda, REFERENCE runs it from the bucket.",
		},
		"code.sourceKMSKeyArn": {Description: "The key that the archive is encrypted with."},

		"deadLetterConfig.targetArn": {Description: "ARN of the SQS queue or SNS topic."},
		"environment.variables":      {Description: "The variables, as a map. They are secret: they are never shown."},
		"tracingConfig.mode":         {Description: "Active traces a share of the calls, PassThrough only those that come traced."},

		"ephemeralStorage":      {Description: "The folder /tmp of an invocation."},
		"ephemeralStorage.size": {Description: "Its size in MB."},

		"fileSystemConfigs":                  {Description: "File systems that the function mounts."},
		"fileSystemConfigs[].arn":            {Description: "ARN of the access point of EFS or S3 Files."},
		"fileSystemConfigs[].localMountPath": {Description: "Where it is mounted, below /mnt/.", Example: "/mnt/data"},
		"fileSystemConfigs[].s3FilesConfig":  {Description: "For an access point of S3 Files only."},
		"fileSystemConfigs[].s3FilesConfig.directS3Read": {
			Description: "Whether reads go to the bucket itself: AUTO does so from 512 MB of memory.",
		},
	}
}

// runtimeParams are the structures that say how a function is run.
func runtimeParams() map[string]schema.Field {
	return map[string]schema.Field{
		"imageConfig":                  {Description: "What overrides the container image's own settings."},
		"imageConfig.command":          {Accept: schema.Accept{BareElement: true}, Description: "Arguments of the entry point."},
		"imageConfig.entryPoint":       {Accept: schema.Accept{BareElement: true}, Description: "The program that is started, and its first arguments."},
		"imageConfig.workingDirectory": {Description: "The folder it is started in."},

		"loggingConfig": {Description: "How the function's logs are written."},
		"loggingConfig.applicationLogLevel": {
			Description: "The least important lines of the function that are kept, where logFormat is JSON.",
		},
		"loggingConfig.logFormat": {Description: "Plain text, or JSON with a level."},
		"loggingConfig.logGroup":  {Description: "The log group; without it /aws/lambda/ and the function's name."},
		"loggingConfig.systemLogLevel": {
			Description: "The least important lines of Lambda itself that are kept, where logFormat is JSON.",
		},

		"snapStart":         {Description: "Start from a snapshot of the initialised function."},
		"snapStart.applyOn": {Description: "PublishedVersions makes a snapshot of each version that is published."},

		"tenancyConfig":                     {Description: "How the tenants of a multi-tenant function are kept apart."},
		"tenancyConfig.tenantIsolationMode": {Description: "PER_TENANT gives each tenant execution environments of its own."},

		"vpcConfig.ipv6AllowedForDualStack": {Description: "Also reach IPv6 addresses, in dual-stack subnets."},
		"vpcConfig.securityGroupIds":        {Accept: schema.Accept{BareElement: true}, Description: "Security groups; a list, or one id."},
		"vpcConfig.subnetIds": {
			Accept:      schema.Accept{BareElement: true},
			Description: "Subnets; a list, or one id. Both empty takes the function out of the network.",
		},

		"durableConfig": {
			Description: "Makes the function durable: an execution goes on after an interruption.",
		},
		"durableConfig.executionTimeout":      {Description: "Seconds that a whole durable execution may take."},
		"durableConfig.kmsKeyArn":             {Description: "The key that encrypts inputs, outputs and errors of the executions."},
		"durableConfig.retentionPeriodInDays": {Description: "Days that the history of a finished execution is kept."},

		"capacityProviderConfig": {Description: "Runs the function on instances of a capacity provider."},
		managed:                  {Description: "The capacity provider, and how its instances are used."},
		managed + ".capacityProviderArn": {
			Description: "ARN of the capacity provider.",
		},
		managed + ".executionEnvironmentMemoryGiBPerVCpu": {
			Description: "Memory in GiB for each virtual processor.",
		},
		managed + ".perExecutionEnvironmentMaxConcurrency": {
			Description: "The most invocations that one environment takes at the same time.",
		},
	}
}

const managed = "capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig"
