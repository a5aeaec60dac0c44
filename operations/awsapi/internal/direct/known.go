package direct

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
)

// settings are what a plan needs of a client's Options.
type settings struct {
	api         []func(*middleware.Stack) error
	credentials aws.CredentialsProvider
	// counted is what its attempts have in common that end well; nil where each has
	// something of its own.
	counted     func(error) error
	retryer     aws.RetryerV2
	signer      *v4.Signer
	trustsClock bool // of this machine: no skew is corrected
}

// readSettings reads the Options of a client with the settings of an
// operation. why is not empty where there is one that is not known here, or that
// changes how calls are made.
func (o *Operation) readSettings() (s settings, why string) {
	options := reflect.ValueOf(o.client.Options())
	if options.Kind() != reflect.Struct {
		return s, "the client has no Options"
	}
	values := map[string]any{}
	for i := range options.NumField() {
		f := options.Type().Field(i)
		if f.IsExported() && !options.Field(i).IsZero() {
			values[f.Name] = options.Field(i).Interface()
		}
	}
	for _, set := range o.set {
		values[set.Option] = set.Value
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !o.knows(name, values[name]) {
			return s, "the client has a " + name + " that is not known here"
		}
	}
	s.api, _ = values["APIOptions"].([]func(*middleware.Stack) error)
	s.credentials, _ = values["Credentials"].(aws.CredentialsProvider)
	s.signer, _ = values["HTTPSignerV4"].(*v4.Signer)
	s.retryer = retryer(values["Retryer"])
	s.counted = countedBy(s.retryer)
	s.trustsClock, _ = values["DisableClockSkewCorrection"].(bool)
	switch {
	case values["HTTPClient"] == nil, s.credentials == nil, s.signer == nil, s.retryer == nil:
		return s, "the client lacks credentials, a signer, a retryer or an HTTP client"
	case !o.endpointIsFixed(options):
		return s, "where a request goes can hang on its parameters"
	}
	return s, ""
}

// harmless are the Options that the comparison of requests covers, or that
// matter only with others that are not known.
var harmless = []string{
	"APIOptions", "AppID", "BaseEndpoint", "Credentials", "DefaultsMode", "DisableClockSkewCorrection", "EndpointOptions",
	"IdempotencyTokenProvider", "Logger", "Region", "RetryMaxAttempts", "RuntimeEnvironment", "AuthSchemePreference",
}

// knows is true for an option that leaves calls what they are. APIOptions show
// in the stack.
func (o *Operation) knows(name string, value any) bool {
	if slices.Contains(harmless, name) {
		return true
	}
	switch name {
	case "HTTPClient":
		return value == any(o.client.HTTP) && o.client.HTTP.Transport != nil
	case "EndpointResolverV2", "AuthSchemeResolver":
		return packageOf(value) == o.client.Package
	case "AuthSchemes":
		return everyIn(value, "github.com/aws/aws-sdk-go-v2/internal/auth")
	case "Protocol":
		return strings.HasPrefix(packageOf(value), "github.com/aws/smithy-go/transport/http/protocol/")
	case "Interceptors":
		return empty(value)
	case "HTTPSignerV4":
		_, ok := value.(*v4.Signer)
		return ok
	case "RetryMode":
		return value == aws.RetryModeStandard
	case "Retryer":
		return retryer(value) != nil
	case "TracerProvider":
		_, ok := value.(*tracing.NopTracerProvider)
		return ok
	case "MeterProvider":
		_, ok := value.(metrics.NopMeterProvider)
		return ok
	}
	return false
}

// countedBy returns what the SDK's standard retryer, also within ours, gives for each
// attempt: what tells it of a success. It is nil for other retryers.
func countedBy(r aws.RetryerV2) func(error) error {
	if around, ok := r.(interface{ Around() aws.RetryerV2 }); ok {
		r = around.Around()
	}
	standard, ok := r.(*retry.Standard)
	if !ok {
		return nil
	}
	release, err := standard.GetAttemptToken(context.Background())
	if err != nil {
		return nil
	}
	return release
}

// retryer returns one of the SDK's own that counts tokens, nil for any other: an
// adaptive one makes attempts wait. What one of the SDK's wrappers changes of
// failures is left to the SDK, as failures are.
func retryer(value any) aws.RetryerV2 {
	switch r := value.(type) {
	case *retry.Standard:
		return r
	case aws.NopRetryer:
		return once{r}
	case interface { // what it refuses beyond the other one concerns failures alone
		aws.RetryerV2
		Around() aws.RetryerV2
	}:
		if retryer(r.Around()) == nil {
			return nil
		}
		return r
	}
	v := reflect.ValueOf(value)
	if packageOf(value) != fromRetry || v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil
	}
	wrapped := v.Elem().FieldByName("RetryerV2")
	if !wrapped.IsValid() || retryer(wrapped.Interface()) == nil {
		return nil
	}
	r, _ := value.(aws.RetryerV2)
	return r
}

// once is the SDK's retryer of calls that are made once.
type once struct{ aws.NopRetryer }

// GetAttemptToken returns a token that means nothing.
func (r once) GetAttemptToken(context.Context) (func(error) error, error) {
	return r.GetInitialToken(), nil
}

// everyIn is true for a list whose elements are all of types of a package.
func everyIn(list any, pkg string) bool {
	v := reflect.ValueOf(list)
	for i := range v.Len() {
		if packageOf(v.Index(i).Interface()) != pkg {
			return false
		}
	}
	return true
}

// empty is true for a struct of lists that are all empty.
func empty(value any) bool {
	v := reflect.ValueOf(value)
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() != reflect.Slice || f.Len() > 0 {
			return false
		}
	}
	return true
}

func packageOf(value any) string {
	t := reflect.TypeOf(value)
	if t == nil {
		return ""
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}

// ofClient are the parameters of an endpoint that a client decides. Any other
// one may come from the input of a call.
var ofClient = []string{"Region", "UseDualStack", "UseFIPS", "Endpoint", "UseGlobalEndpoint"}

// endpointIsFixed reports whether all requests of the client go to one endpoint.
func (o *Operation) endpointIsFixed(options reflect.Value) bool {
	f, ok := options.Type().FieldByName("EndpointResolverV2")
	if !ok || f.Type.Kind() != reflect.Interface {
		return false
	}
	resolve, ok := f.Type.MethodByName("ResolveEndpoint")
	if !ok || resolve.Type.NumIn() != 2 || resolve.Type.In(1).Kind() != reflect.Struct {
		return false
	}
	params := resolve.Type.In(1)
	for i := range params.NumField() {
		if !slices.Contains(ofClient, params.Field(i).Name) {
			return false
		}
	}
	return true
}

// streams is true for an input or output that is read or written while the
// call goes on.
func streams(v any) bool {
	if _, ok := v.(smithy.StreamingOutput); ok {
		return true
	}
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return true
	}
	for i := range t.Elem().NumField() {
		if f := t.Elem().Field(i); f.IsExported() && f.Type.Kind() == reflect.Interface && f.Type.PkgPath() == "io" {
			return true
		}
	}
	return false
}
