package lambdasvc

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
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
	DurableConfig     *durableInput
}

var (
	roleName    = &regex.Late{Text: `^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$`}
	handlerName = &regex.Late{Text: `^[^\s]{1,128}$`}
	variable    = &regex.Late{Text: `^[a-zA-Z][a-zA-Z0-9_]+$`}
	resourceARN = &regex.Late{Text: `^arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*$`}
	layerARN    = &regex.Late{Text: `^arn:[a-zA-Z0-9-]+:lambda:[a-z0-9-]+:\d{12}:layer:[\w-]{1,140}:[0-9]{1,18}$`}
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
	for _, err := range []error{
		checkText(in.Role, "role", roleName, `arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`),
		checkText(in.Handler, "handler", handlerName, `[^\s]+`),
		checkRange(in.Timeout, 1, 900, "'timeout' must be between 1 and 900 seconds"),
		checkRange(in.MemorySize, 128, 10240, "'MemorySize' value failed to satisfy constraint: Member must have value between 128 and 10240"),
		checkRuntime(in.Runtime),
		checkText(in.KMSKeyArn, "kMSKeyArn", resourceARN, resourcePattern),
		in.checkObjects(),
		checkLayers(in.Layers),
		in.Environment.check(),
		in.DurableConfig.check(),
	} {
		if err != nil {
			return err
		}
	}
	if in.Description != nil && len([]rune(*in.Description)) > 256 {
		return service.InvalidMember(*in.Description, "description", "Member must have length less than or equal to 256")
	}
	if size, ok := in.EphemeralStorage["Size"].(float64); ok && (size < 512 || size > 10240) {
		return service.Invalid("1 validation error detected: Value at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value between 512 and 10240")
	}
	return nil
}

// checkText is about a text that was given; one that takes the member away is
// empty, where AWS allows that.
func checkText(text *string, member string, allowed *regex.Late, pattern string) error {
	if text == nil || *text == "" && member != "role" || allowed.Get().MatchString(*text) {
		return nil
	}
	return service.InvalidMember(*text, member, "Member must satisfy regular expression pattern: "+pattern)
}

func checkRange(n *int, least, most int, message string) error {
	if n != nil && (*n < least || *n > most) {
		return service.Invalid("%s", message)
	}
	return nil
}

func checkRuntime(name *string) error {
	if empty(name) || slices.Contains(types.Runtime("").Values(), types.Runtime(*name)) {
		return nil
	}
	return service.InvalidMember(*name, "runtime", "Member must satisfy enum value set: the runtimes of AWS Lambda")
}

func checkLayers(arns []string) error {
	if len(arns) > 5 {
		return service.Invalid("Cannot reference more than 5 layers.")
	}
	for _, arn := range arns {
		if !layerARN.Get().MatchString(arn) {
			return service.InvalidMember(arn, "layers", "Member must be the ARN of a layer version")
		}
	}
	return nil
}

func (e *environment) check() error {
	if e == nil {
		return nil
	}
	size := 0
	var reserved []string
	for _, name := range sortedKeys(e.Variables) {
		size += len(name) + len(e.Variables[name])
		if !variable.Get().MatchString(name) && name != "_HANDLER" && name != "_X_AMZN_TRACE_ID" {
			return service.InvalidMember(name, "environment.variables", "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]")
		}
		if strings.ContainsRune(e.Variables[name], 0) {
			return service.Invalid("Environment variable values cannot contain NUL.")
		}
		if slices.Contains(reservedVariables, name) {
			reserved = append(reserved, name)
		}
	}
	if len(reserved) > 0 {
		return service.Invalid("Lambda was unable to configure your environment variables because the environment variables you have provided "+
			"contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", strings.Join(reserved, ", "))
	}
	if size > environmentLimit {
		return service.Invalid("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: %d bytes", size)
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
	in.DurableConfig.apply(config)
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
			if strings.HasPrefix(arn, lambdaARN(r.place, "layer:")) {
				return nil, service.Invalid("Layer version %s does not exist.", arn)
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
