package awsemu

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
)

const (
	stsVersion   = "2011-06-15"
	stsNamespace = "https://sts.amazonaws.com/doc/" + stsVersion + "/"
	stsBodyLimit = 1 << 20
)

// stsAPI answers STS in the Query protocol: forms in, XML out.
type stsAPI struct {
	issuer     *issuer
	secret     *sealer
	roles      []string // that may be assumed; nil: any
	operations map[string]operation
}

// The operations that STS has and this package does not.
var stsMissing = []string{
	"AssumeRoot", "GetDelegatedAccessToken", "GetWebIdentityToken",
}

func newSTS(i *issuer, secret *sealer, roles []string) *stsAPI {
	s := &stsAPI{issuer: i, secret: secret, roles: roles, operations: map[string]operation{}}
	for _, op := range s.table() {
		s.operations[op.name] = op
	}
	return s
}

// table is STS's table of operations.
func (s *stsAPI) table() []operation {
	return []operation{
		{"AssumeRole", http.StatusOK, s.assumeRole},
		{"AssumeRoleWithSAML", http.StatusOK, s.assumeRoleWithSAML},
		{"AssumeRoleWithWebIdentity", http.StatusOK, s.assumeRoleWithWebIdentity},
		{"DecodeAuthorizationMessage", http.StatusOK, s.decodeAuthorizationMessage},
		{"GetAccessKeyInfo", http.StatusOK, s.getAccessKeyInfo},
		{"GetCallerIdentity", http.StatusOK, s.getCallerIdentity},
		{"GetFederationToken", http.StatusOK, s.getFederationToken},
		{"GetSessionToken", http.StatusOK, s.getSessionToken},
	}
}

// anonymous says whether an operation needs no signature: a token stands in
// its stead.
func (s *stsAPI) anonymous(op operation) bool {
	return op.name == "AssumeRoleWithSAML" || op.name == "AssumeRoleWithWebIdentity"
}

func (s *stsAPI) action(op operation) string { return "sts:" + op.name }

func (s *stsAPI) resource(c *call) string {
	if arn := c.form.Get("RoleArn"); arn != "" {
		return arn
	}
	return "*"
}

func (s *stsAPI) deniedCode() string { return "AccessDenied" }

func (s *stsAPI) name() string { return "sts" }

func (s *stsAPI) limit(*http.Request) int64 { return stsBodyLimit }

func (s *stsAPI) route(c *call) operation {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return failing("", failure("MalformedQueryString", http.StatusBadRequest, "The query string contains a syntax error"))
	}
	if c.http.Method == http.MethodGet {
		form = c.query
	}
	c.form = form
	name, version := form.Get("Action"), form.Get("Version")
	op, ok := s.operations[name]
	switch {
	case name == "":
		return failing("", failure("MissingAction", http.StatusBadRequest, "The request must contain the parameter Action"))
	case slices.Contains(stsMissing, name):
		return failing(name, failure("NotImplemented", http.StatusNotImplemented, "awsemu does not have sts.%s yet", name))
	case !ok || version != stsVersion:
		return failing("", failure("InvalidAction", http.StatusBadRequest, "Could not find operation %s for version %s", name, version))
	}
	return op
}

// failing is an operation that is known, if at all, but not to be had.
func failing(name string, err *apiError) operation {
	return operation{name: name, handle: func(*call) (any, error) { return nil, err }}
}

func (s *stsAPI) encode(c *call, op operation, result any) (answer, error) {
	var out bytes.Buffer
	enc := xml.NewEncoder(&out)
	root := element(op.name + "Response")
	root.Attr = []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: stsNamespace}}
	meta := struct{ RequestId string }{c.requestID} //nolint:revive // the wire's spelling
	err := firstError(
		enc.EncodeToken(root),
		enc.EncodeElement(result, element(op.name+"Result")),
		enc.EncodeElement(meta, element("ResponseMetadata")),
		enc.EncodeToken(root.End()),
		enc.Close(),
	)
	return answer{status: op.status, header: xmlHeader(), body: out.Bytes()}, err
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

func (s *stsAPI) encodeError(c *call, err *apiError) answer {
	body := stsError{Type: "Sender", Code: err.code, Message: err.message, RequestID: c.requestID}
	if err.server() {
		body.Type = "Receiver"
	}
	text, _ := xml.Marshal(body) // a struct of strings always encodes
	return answer{status: err.status, header: xmlHeader(), body: text, errorCode: err.code}
}

func (s *stsAPI) denial(fault authFault, message string) *apiError {
	codes := map[authFault]string{
		faultMissing:    "MissingAuthenticationToken",
		faultIncomplete: "IncompleteSignature",
		faultUnknownKey: "InvalidClientTokenId",
		faultSignature:  "SignatureDoesNotMatch",
		faultExpired:    "ExpiredToken",
	}
	return failure(codes[fault], http.StatusForbidden, "%s", message)
}
