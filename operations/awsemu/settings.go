package awsemu

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// settingsInput are the members that CreateFunction and
// UpdateFunctionConfiguration share; nil is not given.
type settingsInput struct {
	Role              *string
	Runtime           *string
	Handler           *string
	Description       *string
	Timeout           *int
	MemorySize        *int
	KMSKeyArn         *string
	Environment       *environment
	Layers            []string
	VpcConfig         object
	DeadLetterConfig  object
	TracingConfig     object
	FileSystemConfigs []object
	ImageConfig       object
	EphemeralStorage  object
	SnapStart         object
	LoggingConfig     object
	DurableConfig     object
}

var (
	roleName    = regexp.MustCompile(`^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$`)
	handlerName = regexp.MustCompile(`^[^\s]{1,128}$`)
	variable    = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)
	layerARN    = regexp.MustCompile(`^arn:[a-zA-Z0-9-]+:lambda:[a-z0-9-]+:\d{12}:layer:[\w-]{1,140}:[0-9]{1,18}$`)
)

// environmentLimit is how many bytes the names and values of a function's
// variables may have together.
const environmentLimit = 4096

// reservedVariables are set by Lambda itself.
var reservedVariables = []string{
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
	"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "_HANDLER", "_X_AMZN_TRACE_ID",
}

// check tells the first member that cannot be.
func (in settingsInput) check() error {
	runtimes := types.Runtime("").Values()
	switch {
	case in.Role != nil && !roleName.MatchString(*in.Role):
		return invalidMember(*in.Role, "role", `Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`)
	case in.Description != nil && len([]rune(*in.Description)) > 256:
		return invalidMember(*in.Description, "description", "Member must have length less than or equal to 256")
	case in.Timeout != nil && (*in.Timeout < 1 || *in.Timeout > 900):
		return invalid("'timeout' must be between 1 and 900 seconds")
	case in.MemorySize != nil && (*in.MemorySize < 128 || *in.MemorySize > 10240):
		return invalid("'MemorySize' value failed to satisfy constraint: Member must have value between 128 and 10240")
	case !empty(in.Runtime) && !slices.Contains(runtimes, types.Runtime(*in.Runtime)):
		return invalidMember(*in.Runtime, "runtime", "Member must satisfy enum value set: the runtimes of AWS Lambda")
	case !empty(in.Handler) && !handlerName.MatchString(*in.Handler):
		return invalidMember(*in.Handler, "handler", `Member must satisfy regular expression pattern: [^\s]+`)
	case len(in.Layers) > 5:
		return invalid("Cannot reference more than 5 layers.")
	}
	for _, arn := range in.Layers {
		if !layerARN.MatchString(arn) {
			return invalidMember(arn, "layers", "Member must be the ARN of a layer version")
		}
	}
	if size, ok := in.EphemeralStorage["Size"].(float64); ok && (size < 512 || size > 10240) {
		return invalid("1 validation error detected: Value at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value between 512 and 10240")
	}
	return in.Environment.check()
}

func (e *environment) check() error {
	if e == nil {
		return nil
	}
	size := 0
	var reserved []string
	for _, name := range sortedKeys(e.Variables) {
		size += len(name) + len(e.Variables[name])
		if !variable.MatchString(name) && name != "_HANDLER" && name != "_X_AMZN_TRACE_ID" {
			return invalidMember(name, "environment.variables", "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]")
		}
		if strings.ContainsRune(e.Variables[name], 0) {
			return invalid("Environment variable values cannot contain NUL.")
		}
		if slices.Contains(reservedVariables, name) {
			reserved = append(reserved, name)
		}
	}
	if len(reserved) > 0 {
		return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", strings.Join(reserved, ", "))
	}
	if size > environmentLimit {
		return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: %d bytes", size)
	}
	return nil
}

// apply lays what is given over a configuration.
func (r *realm) apply(in settingsInput, config *configuration) error {
	override(&config.Role, in.Role)
	override(&config.Runtime, in.Runtime)
	override(&config.Handler, in.Handler)
	override(&config.Description, in.Description)
	override(&config.Timeout, in.Timeout)
	override(&config.MemorySize, in.MemorySize)
	override(&config.KMSKeyArn, in.KMSKeyArn)
	if in.Environment != nil {
		config.Environment = in.Environment
		if len(in.Environment.Variables) == 0 {
			config.Environment = nil
		}
	}
	overrideObject(&config.VpcConfig, in.VpcConfig)
	overrideObject(&config.DeadLetterConfig, in.DeadLetterConfig)
	overrideObject(&config.TracingConfig, in.TracingConfig)
	overrideObject(&config.EphemeralStorage, in.EphemeralStorage)
	overrideObject(&config.LoggingConfig, in.LoggingConfig)
	overrideObject(&config.DurableConfig, in.DurableConfig)
	if in.FileSystemConfigs != nil {
		config.FileSystemConfigs = in.FileSystemConfigs
	}
	if in.ImageConfig != nil {
		config.ImageConfig = object{"ImageConfig": in.ImageConfig}
	}
	if in.SnapStart != nil {
		config.SnapStart = object{"ApplyOn": in.SnapStart["ApplyOn"], "OptimizationStatus": "Off"}
	}
	if in.Layers == nil {
		return nil
	}
	layers, err := r.references(in.Layers)
	config.Layers = layers
	return err
}

// references looks up layer versions. Those of other accounts are taken for
// granted.
func (r *realm) references(arns []string) ([]layerReference, error) {
	var list []layerReference
	for _, arn := range arns {
		v := r.layerByARN(arn)
		if v == nil {
			if strings.HasPrefix(arn, r.place.arn("layer:")) {
				return nil, invalid("Layer version %s does not exist.", arn)
			}
			list = append(list, layerReference{Arn: arn})
			continue
		}
		list = append(list, layerReference{Arn: arn, CodeSize: v.Content.CodeSize})
	}
	return list, nil
}

func override[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func overrideObject(to *object, from object) {
	if from != nil {
		*to = from
	}
}
