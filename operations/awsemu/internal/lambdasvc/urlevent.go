package lambdasvc

import (
	"encoding/base64"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/plainjson"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// urlEvent is what a function gets that is called at its address: the payload
// format 2.0, which HTTP APIs have, too.
type urlEvent struct {
	Version        string            `json:"version"`
	RouteKey       string            `json:"routeKey"`
	RawPath        string            `json:"rawPath"`
	RawQueryString string            `json:"rawQueryString"`
	Cookies        []string          `json:"cookies,omitempty"`
	Headers        map[string]string `json:"headers"`
	Query          map[string]string `json:"queryStringParameters,omitempty"`
	Context        urlContext        `json:"requestContext"`
	Body           *string           `json:"body,omitempty"`
	IsBase64       bool              `json:"isBase64Encoded"`
}

type urlContext struct {
	AccountID      string     `json:"accountId"`
	APIID          string     `json:"apiId"`
	Authentication any        `json:"authentication"` // always null
	Authorizer     *urlCaller `json:"authorizer,omitempty"`
	DomainName     string     `json:"domainName"`
	DomainPrefix   string     `json:"domainPrefix"`
	HTTP           urlRequest `json:"http"`
	RequestID      string     `json:"requestId"`
	RouteKey       string     `json:"routeKey"`
	Stage          string     `json:"stage"`
	Time           string     `json:"time"`
	TimeEpoch      int64      `json:"timeEpoch"` // milliseconds
}

type urlRequest struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// urlCaller is who has signed.
type urlCaller struct {
	IAM struct {
		AccessKey       string `json:"accessKey"`
		AccountID       string `json:"accountId"`
		CallerID        string `json:"callerId"`
		CognitoIdentity any    `json:"cognitoIdentity"` // always null
		PrincipalOrgID  any    `json:"principalOrgId"`  // always null
		UserArn         string `json:"userArn"`
		UserID          string `json:"userId"`
	} `json:"iam"`
}

// event is a request as its function sees it.
func (a address) event(c *service.Call) ([]byte, error) {
	r := c.HTTP
	source, _, _ := net.SplitHostPort(r.RemoteAddr)
	out := urlEvent{
		Version: "2.0", RouteKey: "$default", RawPath: a.path, RawQueryString: r.URL.RawQuery,
		Cookies: cookiesOf(r), Headers: headersOf(r, source, a.config.AuthType == authIAM), Query: joined(c.Query),
		Context: urlContext{
			AccountID: "anonymous", APIID: a.id, DomainName: a.id + ".lambda-url." + a.region + ".on.aws", DomainPrefix: a.id,
			HTTP:      urlRequest{Method: r.Method, Path: a.path, Protocol: r.Proto, SourceIP: source, UserAgent: r.UserAgent()},
			RequestID: c.RequestID, RouteKey: "$default", Stage: "$default",
			Time: c.Now.UTC().Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: c.Now.UnixMilli(),
		},
	}
	if a.config.AuthType == authIAM {
		caller := &urlCaller{}
		caller.IAM.AccessKey, caller.IAM.AccountID, caller.IAM.CallerID = c.KeyID, c.Caller.Account, c.Caller.UserID
		caller.IAM.UserArn, caller.IAM.UserID = c.Caller.Arn, c.Caller.UserID
		out.Context.AccountID, out.Context.Authorizer = c.Caller.Account, caller
	}
	if len(c.Body) > 0 {
		text := string(c.Body)
		if out.IsBase64 = !isText(r.Header) || !utf8.Valid(c.Body); out.IsBase64 {
			text = base64.StdEncoding.EncodeToString(c.Body)
		}
		out.Body = &text
	}
	return plainjson.Encode(out)
}

// isText reports whether a body is handed on as text; forms are not.
func isText(header http.Header) bool {
	kind, _, _ := strings.Cut(strings.ToLower(header.Get("Content-Type")), ";")
	switch kind = strings.TrimSpace(kind); {
	case header.Get("Content-Encoding") != "":
		return false
	case strings.HasPrefix(kind, "text/"), strings.HasSuffix(kind, "+json"), strings.HasSuffix(kind, "+xml"):
		return true
	}
	return kind == "application/json" || kind == "application/javascript" || kind == "application/xml"
}

// headersOf are the headers of a request in lower case, with those that AWS
// adds. Cookies stand elsewhere, and a signature is none of the function's
// business.
func headersOf(r *http.Request, source string, signed bool) map[string]string {
	port := "80"
	if _, text, err := net.SplitHostPort(r.Host); err == nil {
		port = text
	}
	headers := map[string]string{
		"host": r.Host, "x-forwarded-for": source, "x-forwarded-proto": "http", "x-forwarded-port": port,
	}
	for name, values := range r.Header {
		if name != "Cookie" && (name != "Authorization" || !signed) {
			headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	return headers
}

func cookiesOf(r *http.Request) []string {
	var list []string
	for _, line := range r.Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	}
	return list
}

// joined writes what was given more than once in one text.
func joined(query url.Values) map[string]string {
	if len(query) == 0 {
		return nil
	}
	out := map[string]string{}
	for name := range maps.Keys(query) {
		out[name] = strings.Join(query[name], ",")
	}
	return out
}
