package stssvc

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

const (
	stsVersion   = "2011-06-15"
	stsNamespace = "https://sts.amazonaws.com/doc/" + stsVersion + "/"
	stsBodyLimit = 1 << 20
)

// API answers STS in the Query protocol: forms in, XML out.
type API struct {
	issuer     *access.Issuer
	secret     *access.Sealer
	roles      []string // that may be assumed; nil: any
	operations map[string]service.Operation
}

// The operations that STS has and this package does not.
var stsMissing = []string{
	"AssumeRoot", "GetDelegatedAccessToken", "GetWebIdentityToken",
}

// New makes STS. roles may be assumed, by name or ARN; nil is any role.
func New(i *access.Issuer, secret *access.Sealer, roles []string) *API {
	s := &API{issuer: i, secret: secret, roles: roles, operations: map[string]service.Operation{}}
	for _, op := range s.table() {
		s.operations[op.Name] = op
	}
	return s
}

// table is STS's table of operations.
func (s *API) table() []service.Operation {
	return []service.Operation{
		service.NewOperation("AssumeRole", http.StatusOK, s.assumeRole),
		service.NewOperation("AssumeRoleWithSAML", http.StatusOK, s.assumeRoleWithSAML),
		service.NewOperation("AssumeRoleWithWebIdentity", http.StatusOK, s.assumeRoleWithWebIdentity),
		service.NewOperation("DecodeAuthorizationMessage", http.StatusOK, s.decodeAuthorizationMessage),
		service.NewOperation("GetAccessKeyInfo", http.StatusOK, s.getAccessKeyInfo),
		service.NewOperation("GetCallerIdentity", http.StatusOK, s.getCallerIdentity),
		service.NewOperation("GetFederationToken", http.StatusOK, s.getFederationToken),
		service.NewOperation("GetSessionToken", http.StatusOK, s.getSessionToken),
	}
}

// Operations names STS and its operations, in lower case.
func Operations() []string {
	names := []string{"sts"}
	for _, op := range (&API{}).table() {
		names = append(names, "sts."+strings.ToLower(op.Name))
	}
	return names
}

// Names lists the operations of STS that are there, and those that are refused.
func Names() (real, refused []string) {
	for _, op := range (&API{}).table() {
		real = append(real, op.Name)
	}
	return real, stsMissing
}

// Anonymous says whether an operation needs no signature: a token stands in
// its stead.
func (s *API) Anonymous(op service.Operation) bool {
	return op.Name == "AssumeRoleWithSAML" || op.Name == "AssumeRoleWithWebIdentity"
}

// Action is the IAM action of an operation.
func (s *API) Action(op service.Operation) string { return "sts:" + op.Name }

// Resource is the role that the request is about, if any.
func (s *API) Resource(c *service.Call) string {
	if arn := c.Form.Get("RoleArn"); arn != "" {
		return arn
	}
	return "*"
}

// DeniedCode is the error where a policy denies.
func (s *API) DeniedCode() string { return "AccessDenied" }

// Name is what signatures name STS.
func (s *API) Name() string { return "sts" }

// Limit is how many bytes a body may have.
func (s *API) Limit(*service.Call) int64 { return stsBodyLimit }

// Route finds the operation by the form.
func (s *API) Route(c *service.Call) service.Operation {
	form, err := url.ParseQuery(string(c.Body))
	if err != nil {
		return service.Failing("", service.Failure("MalformedQueryString", http.StatusBadRequest, "The query string contains a syntax error"))
	}
	if c.HTTP.Method == http.MethodGet {
		form = c.Query
	}
	c.Form = form
	name, version := form.Get("Action"), form.Get("Version")
	op, ok := s.operations[name]
	switch {
	case name == "":
		return service.Failing("", service.Failure("MissingAction", http.StatusBadRequest, "The request must contain the parameter Action"))
	case slices.Contains(stsMissing, name):
		return service.Failing(name, service.Failure("NotImplemented", http.StatusNotImplemented, "awsemu does not have sts.%s yet", name))
	case !ok || version != stsVersion:
		return service.Failing("", service.Failure("InvalidAction", http.StatusBadRequest, "Could not find operation %s for version %s", name, version))
	}
	return op
}

// Encode writes a result as XML.
func (s *API) Encode(c *service.Call, op service.Operation, result any) (service.Answer, error) {
	var out bytes.Buffer
	enc := xml.NewEncoder(&out)
	root := element(op.Name + "Response")
	root.Attr = []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: stsNamespace}}
	meta := struct{ RequestId string }{c.RequestID} //nolint:revive // the wire's spelling
	err := firstError(
		enc.EncodeToken(root),
		enc.EncodeElement(result, element(op.Name+"Result")),
		enc.EncodeElement(meta, element("ResponseMetadata")),
		enc.EncodeToken(root.End()),
		enc.Close(),
	)
	answer := service.Answer{Status: op.Status, Header: xmlHeader(), Body: out.Bytes()}
	if err != nil || !wantsJSON(c) {
		return answer, err
	}
	return asJSON(answer)
}

func element(name string) xml.StartElement { return xml.StartElement{Name: xml.Name{Local: name}} }

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func xmlHeader() http.Header { return http.Header{"Content-Type": {"text/xml"}} }

// stsError is the body of a failed request.
type stsError struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

// EncodeError writes a refusal as XML.
func (s *API) EncodeError(c *service.Call, err *service.APIError) service.Answer {
	body := stsError{Type: "Sender", Code: err.Code, Message: err.Message, RequestID: c.RequestID}
	if err.Server() {
		body.Type = "Receiver"
	}
	text, _ := xml.Marshal(body) // a struct of strings always encodes
	out := service.Answer{Status: err.Status, Header: xmlHeader(), Body: text, ErrorCode: err.Code}
	if wantsJSON(c) {
		if plain, wrong := asJSON(out); wrong == nil {
			return plain
		}
	}
	return out
}

// Denial refuses a signature as STS does.
func (s *API) Denial(fault access.AuthFault, message string) *service.APIError {
	codes := map[access.AuthFault]string{
		access.FaultMissing:    "MissingAuthenticationToken",
		access.FaultIncomplete: "IncompleteSignature",
		access.FaultUnknownKey: "InvalidClientTokenId",
		access.FaultSignature:  "SignatureDoesNotMatch",
		access.FaultExpired:    "ExpiredToken",
	}
	return service.Failure(codes[fault], http.StatusForbidden, "%s", message)
}
