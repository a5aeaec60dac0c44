package awsapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
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
var classes = late.Value[map[string]connector.Class]{Make: func() map[string]connector.Class {
	return map[string]connector.Class{
		"TooManyRequestsException": connector.ClassThrottled,
		"ThrottlingException":      connector.ClassThrottled,
		"Throttling":               connector.ClassThrottled,
		"ThrottledException":       connector.ClassThrottled,
		"RequestLimitExceeded":     connector.ClassThrottled,
		"SlowDown":                 connector.ClassThrottled,
		"EC2ThrottledException":    connector.ClassThrottled,

		"ServiceException":               connector.ClassUnavailable,
		"InternalFailure":                connector.ClassUnavailable,
		"InternalServerException":        connector.ClassUnavailable,
		"ServiceUnavailable":             connector.ClassUnavailable,
		"EC2UnexpectedException":         connector.ClassUnavailable,
		"IDPCommunicationError":          connector.ClassUnavailable,
		"IDPCommunicationErrorException": connector.ClassUnavailable,
		codeNetwork:                      connector.ClassUnavailable,
		"IncompleteStream":               connector.ClassUnavailable,
		codeAnswer:                       connector.ClassUnavailable,

		codeTimeout:               connector.ClassTimeout,
		"RequestTimeout":          connector.ClassTimeout,
		"RequestTimeoutException": connector.ClassTimeout,
		codeCanceled:              connector.ClassCanceled,

		"ResourceConflictException": connector.ClassConflict,
		"ResourceInUseException":    connector.ClassConflict,
		"ResourceNotReadyException": connector.ClassConflict,
		"ConflictException":         connector.ClassConflict,

		"PreconditionFailedException":     connector.ClassPrecondition,
		"PreconditionFailed":              connector.ClassPrecondition,
		"ConditionalCheckFailedException": connector.ClassPrecondition,

		"ResourceNotFoundException":                     connector.ClassNotFound,
		"ProvisionedConcurrencyConfigNotFoundException": connector.ClassNotFound,
		"CodeSigningConfigNotFoundException":            connector.ClassNotFound,
		"NotFoundException":                             connector.ClassNotFound,

		"AccessDenied":                       connector.ClassDenied,
		"AccessDeniedException":              connector.ClassDenied,
		"EC2AccessDeniedException":           connector.ClassDenied,
		"IDPRejectedClaim":                   connector.ClassDenied,
		"IDPRejectedClaimException":          connector.ClassDenied,
		"InvalidClientTokenId":               connector.ClassDenied,
		"InvalidSignatureException":          connector.ClassDenied,
		"KMSAccessDeniedException":           connector.ClassDenied,
		"MissingAuthenticationToken":         connector.ClassDenied,
		"RegionDisabledException":            connector.ClassDenied,
		"SignatureDoesNotMatch":              connector.ClassDenied,
		"UnrecognizedClientException":        connector.ClassDenied,
		codeCredential:                       connector.ClassDenied,
		"SessionDurationEscalationException": connector.ClassDenied,

		"ExpiredToken":                 connector.ClassExpired,
		"ExpiredTokenException":        connector.ClassExpired,
		"ExpiredTradeInTokenException": connector.ClassExpired,
		"RequestExpired":               connector.ClassExpired,

		"InvalidParameterValueException":       connector.ClassInvalid,
		"InvalidRequestContentException":       connector.ClassInvalid,
		"InvalidZipFileException":              connector.ClassInvalid,
		"CodeVerificationFailedException":      connector.ClassInvalid,
		"InvalidCodeSignatureException":        connector.ClassInvalid,
		"ValidationError":                      connector.ClassInvalid,
		"ValidationException":                  connector.ClassInvalid,
		"InvalidAuthorizationMessageException": connector.ClassInvalid,
		"InvalidIdentityToken":                 connector.ClassInvalid,
		"InvalidIdentityTokenException":        connector.ClassInvalid,
		"MalformedPolicyDocument":              connector.ClassInvalid,
		"MalformedPolicyDocumentException":     connector.ClassInvalid,
		codeConnection:                         connector.ClassInvalid,
		codeParameters:                         connector.ClassInvalid,

		"PackedPolicyTooLarge":                   connector.ClassQuota,
		"PackedPolicyTooLargeException":          connector.ClassQuota,
		"PolicyLengthExceededException":          connector.ClassQuota,
		"CodeStorageExceededException":           connector.ClassQuota,
		"AliasLimitExceededException":            connector.ClassQuota,
		"RequestTooLargeException":               connector.ClassQuota,
		"ServiceQuotaExceededException":          connector.ClassQuota,
		"JWTPayloadSizeExceededException":        connector.ClassQuota,
		"CapacityProviderLimitExceededException": connector.ClassQuota,
		"PayloadTooLarge":                        connector.ClassQuota,

		"Lambda.FunctionError": connector.ClassFunction,
	}
}}

// commonErrors are the codes that a call of any service can fail with: AWS's own
// for all of them, and those of requests that were not answered.
var commonErrors = late.Value[[]connector.ErrorCode]{Make: func() []connector.ErrorCode {
	list := make([]connector.ErrorCode, 0, len(classes.Get())+len(retry.DefaultThrottleErrorCodes)+2)
	for code, class := range classes.Get() {
		list = append(list, connector.ErrorCode{Code: code, Class: class})
	}
	for code := range retry.DefaultThrottleErrorCodes {
		list = append(list, connector.ErrorCode{Code: code, Class: connector.ClassThrottled})
	}
	for _, code := range slices.Concat(furtherCodes, []string{codeUnknown, "WaitTimeout", "WaitFailed", "TooManyPages", "NotSupported"}) {
		list = append(list, connector.ErrorCode{Code: code, Class: ClassOf(code, 0)})
	}
	return list
}}

// furtherCodes are those of AWS's common errors whose class follows from their
// wording or status.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
var furtherCodes = []string{
	"IncompleteSignature", "InvalidAction", "MalformedHttpRequestException", "MalformedQueryString", "MissingAction",
	"MissingParameter", "NotAuthorized", "OptInRequired", "RequestAbortedException", "RequestEntityTooLargeException",
	"RequestExpired", "SerializationException", "ServiceUnavailableException", "UnknownOperationException", "InternalError",
	"InternalServiceError", "InternalServerError", "AuthFailure", "RequestTimeTooSkewed", "UnsupportedOperation",
}

// ClassOf returns the class of an AWS error code. Where the code is not known
// its wording decides, then the HTTP status; 0 stands for none.
func ClassOf(code string, status int) connector.Class { return classOf([]string{code}, status) }

// classOf returns the class of an error that has several names, the most telling
// first.
func classOf(codes []string, status int) connector.Class {
	for _, code := range codes {
		if class, ok := classes.Get()[code]; ok {
			return class
		}
		if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
			return connector.ClassThrottled
		}
	}
	if class := classOfStatus(status); class != connector.ClassInvalid && class != connector.ClassInternal {
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

// typeNames returns the names of the types that stand for a code, where they
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
	{"NotFound", connector.ClassNotFound},
	{"DoesNotExist", connector.ClassNotFound},
	{"NonExistent", connector.ClassNotFound},
	{"NoSuch", connector.ClassNotFound},
	{"AlreadyExists", connector.ClassConflict},
	{"Conflict", connector.ClassConflict},
	{"InUse", connector.ClassConflict},
	{"AccessDenied", connector.ClassDenied},
	{"NotAuthorized", connector.ClassDenied},
	{"Unauthorized", connector.ClassDenied},
	{"Throttl", connector.ClassThrottled},
	{"LimitExceeded", connector.ClassQuota},
	{"QuotaExceeded", connector.ClassQuota},
	{"Expired", connector.ClassExpired},
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
		return connector.ClassInvalid
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return connector.ClassDenied
	case http.StatusNotFound:
		return connector.ClassNotFound
	case http.StatusConflict:
		return connector.ClassConflict
	case http.StatusPreconditionFailed:
		return connector.ClassPrecondition
	case http.StatusRequestTimeout:
		return connector.ClassTimeout
	case http.StatusRequestEntityTooLarge:
		return connector.ClassQuota
	case http.StatusTooManyRequests:
		return connector.ClassThrottled
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return connector.ClassInvalid
	}
	switch {
	case status >= http.StatusInternalServerError:
		return connector.ClassUnavailable
	case status >= http.StatusBadRequest:
		return connector.ClassInvalid
	case status >= http.StatusMultipleChoices:
		return connector.ClassInvalid // the endpoint is another
	default:
		return connector.ClassInternal
	}
}
