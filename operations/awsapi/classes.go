package awsapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/medlar-flow/medlar/connector"
)

// Codes of our own.
const (
	codeConnection = "InvalidConnection"
	codeParameters = "InvalidParameters"
	codeNetwork    = "NetworkError"
	codeTimeout    = "Timeout"
	codeCanceled   = "Canceled"
	codeAnswer     = "InvalidResponse"
	codeUnknown    = "UnknownError" // the SDK's, of an answer that names none
	codeCredential = "CredentialsError"
)

// classes are the codes whose class does not follow from the HTTP status, or
// that documentation names without one.
var classes = map[string]connector.Class{
	"TooManyRequestsException": connector.Throttled,
	"ThrottlingException":      connector.Throttled,
	"Throttling":               connector.Throttled,
	"ThrottledException":       connector.Throttled,
	"RequestLimitExceeded":     connector.Throttled,
	"SlowDown":                 connector.Throttled,
	"EC2ThrottledException":    connector.Throttled,

	"ServiceException":               connector.Unavailable,
	"InternalFailure":                connector.Unavailable,
	"InternalServerException":        connector.Unavailable,
	"ServiceUnavailable":             connector.Unavailable,
	"EC2UnexpectedException":         connector.Unavailable,
	"IDPCommunicationError":          connector.Unavailable,
	"IDPCommunicationErrorException": connector.Unavailable,
	codeNetwork:                      connector.Unavailable,
	"IncompleteStream":               connector.Unavailable,
	codeAnswer:                       connector.Unavailable,

	codeTimeout:               connector.Timeout,
	"RequestTimeout":          connector.Timeout,
	"RequestTimeoutException": connector.Timeout,
	codeCanceled:              connector.Canceled,

	"ResourceConflictException": connector.Conflict,
	"ResourceInUseException":    connector.Conflict,
	"ResourceNotReadyException": connector.Conflict,
	"ConflictException":         connector.Conflict,

	"PreconditionFailedException":     connector.Precondition,
	"PreconditionFailed":              connector.Precondition,
	"ConditionalCheckFailedException": connector.Precondition,

	"ResourceNotFoundException":                     connector.NotFound,
	"ProvisionedConcurrencyConfigNotFoundException": connector.NotFound,
	"CodeSigningConfigNotFoundException":            connector.NotFound,
	"NotFoundException":                             connector.NotFound,

	"AccessDenied":                       connector.Denied,
	"AccessDeniedException":              connector.Denied,
	"EC2AccessDeniedException":           connector.Denied,
	"IDPRejectedClaim":                   connector.Denied,
	"IDPRejectedClaimException":          connector.Denied,
	"InvalidClientTokenId":               connector.Denied,
	"InvalidSignatureException":          connector.Denied,
	"KMSAccessDeniedException":           connector.Denied,
	"MissingAuthenticationToken":         connector.Denied,
	"RegionDisabledException":            connector.Denied,
	"SignatureDoesNotMatch":              connector.Denied,
	"UnrecognizedClientException":        connector.Denied,
	codeCredential:                       connector.Denied,
	"SessionDurationEscalationException": connector.Denied,

	"ExpiredToken":                 connector.Expired,
	"ExpiredTokenException":        connector.Expired,
	"ExpiredTradeInTokenException": connector.Expired,
	"RequestExpired":               connector.Expired,

	"InvalidParameterValueException":       connector.Invalid,
	"InvalidRequestContentException":       connector.Invalid,
	"InvalidZipFileException":              connector.Invalid,
	"CodeVerificationFailedException":      connector.Invalid,
	"InvalidCodeSignatureException":        connector.Invalid,
	"ValidationError":                      connector.Invalid,
	"ValidationException":                  connector.Invalid,
	"InvalidAuthorizationMessageException": connector.Invalid,
	"InvalidIdentityToken":                 connector.Invalid,
	"InvalidIdentityTokenException":        connector.Invalid,
	"MalformedPolicyDocument":              connector.Invalid,
	"MalformedPolicyDocumentException":     connector.Invalid,
	codeConnection:                         connector.Invalid,
	codeParameters:                         connector.Invalid,

	"PackedPolicyTooLarge":                   connector.Quota,
	"PackedPolicyTooLargeException":          connector.Quota,
	"PolicyLengthExceededException":          connector.Quota,
	"CodeStorageExceededException":           connector.Quota,
	"AliasLimitExceededException":            connector.Quota,
	"RequestTooLargeException":               connector.Quota,
	"ServiceQuotaExceededException":          connector.Quota,
	"JWTPayloadSizeExceededException":        connector.Quota,
	"CapacityProviderLimitExceededException": connector.Quota,
	"PayloadTooLarge":                        connector.Quota,

	"Lambda.FunctionError": connector.Function,
}

// ClassOf gives the class of an AWS error code. Where the code is not known
// its wording decides, then the HTTP status; 0 stands for none.
func ClassOf(code string, status int) connector.Class { return classOf([]string{code}, status) }

// classOf gives the class of an error that has several names, the most telling
// first.
func classOf(codes []string, status int) connector.Class {
	for _, code := range codes {
		if class, ok := classes[code]; ok {
			return class
		}
		if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
			return connector.Throttled
		}
	}
	if class := classOfStatus(status); class != connector.Invalid && class != connector.Internal {
		return class
	}
	for _, code := range codes {
		if class, ok := classOfWording(code); ok {
			return class
		}
	}
	return classOfStatus(status)
}

// shortened are codes that are sent without the Exception of their type's name.
var shortened = []string{
	"IDPCommunicationError", "IDPRejectedClaim", "InvalidIdentityToken", "MalformedPolicyDocument", "PackedPolicyTooLarge",
}

// typeNames gives the names of the types that stand for a code, where they
// differ from it.
func typeNames(code string) []string {
	if slices.Contains(shortened, code) {
		return []string{code + "Exception"}
	}
	return nil
}

// wordings are parts of the names that services give to their errors, where
// the status is the 400 that a service of the JSON and Query protocols gives
// for nearly all.
var wordings = []struct {
	part  string
	class connector.Class
}{
	{"NotFound", connector.NotFound},
	{"DoesNotExist", connector.NotFound},
	{"NonExistent", connector.NotFound},
	{"NoSuch", connector.NotFound},
	{"AlreadyExists", connector.Conflict},
	{"Conflict", connector.Conflict},
	{"InUse", connector.Conflict},
	{"AccessDenied", connector.Denied},
	{"NotAuthorized", connector.Denied},
	{"Unauthorized", connector.Denied},
	{"Throttl", connector.Throttled},
	{"LimitExceeded", connector.Quota},
	{"QuotaExceeded", connector.Quota},
	{"Expired", connector.Expired},
}

func classOfWording(code string) (connector.Class, bool) {
	for _, w := range wordings {
		if strings.Contains(code, w.part) {
			return w.class, true
		}
	}
	return "", false
}

func classOfStatus(status int) connector.Class {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType:
		return connector.Invalid
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return connector.Denied
	case http.StatusNotFound:
		return connector.NotFound
	case http.StatusConflict:
		return connector.Conflict
	case http.StatusPreconditionFailed:
		return connector.Precondition
	case http.StatusRequestTimeout:
		return connector.Timeout
	case http.StatusRequestEntityTooLarge:
		return connector.Quota
	case http.StatusTooManyRequests:
		return connector.Throttled
	}
	switch {
	case status >= http.StatusInternalServerError:
		return connector.Unavailable
	case status >= http.StatusBadRequest:
		return connector.Invalid
	case status >= http.StatusMultipleChoices:
		return connector.Invalid // the endpoint is another
	default:
		return connector.Internal
	}
}
