package lambdasvc

import (
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/plainjson"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// urlPath is the folder of the emulator's own paths where functions have their
// addresses: below it are region and id.
const urlPath = "/_awsemu/urls/"

var urlHost = &regex.Late{Text: `^([a-z2-7]{32})\.lambda-url\.([a-z0-9-]+)\.(?:on\.aws|localhost)$`}

// address is where a request goes that was sent to a function URL.
type address struct {
	region string
	id     string
	path   string // as the function sees it
	ref    functionRef
	config urlConfig
}

// ByHost reports whether a request names a function URL by its host, as on AWS:
// ID.lambda-url.REGION.on.aws, or localhost in the place of on.aws.
func ByHost(r *http.Request) bool {
	return strings.Contains(r.Host, ".lambda-url.") && urlHost.Get().MatchString(hostOf(r))
}

// IsURL reports whether a request was sent to a function URL.
func IsURL(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, urlPath) || ByHost(r) }

func hostOf(r *http.Request) string {
	if name, _, err := net.SplitHostPort(r.Host); err == nil {
		return name
	}
	return r.Host
}

// addressOf takes an address apart; region and id are "" where it is none.
func addressOf(r *http.Request) address {
	path := r.URL.EscapedPath()
	if m := urlHost.Get().FindStringSubmatch(hostOf(r)); m != nil {
		return address{region: m[2], id: m[1], path: "/" + strings.TrimPrefix(path, "/")}
	}
	region, rest, _ := strings.Cut(strings.TrimPrefix(path, urlPath), "/")
	id, rest, _ := strings.Cut(rest, "/")
	return address{region: region, id: id, path: "/" + rest}
}

// findURL looks the function of an address up.
func (l *API) findURL(a address) (address, bool) {
	if len(a.id) != 32 || !access.RegionName.Get().MatchString(a.region) {
		return a, false
	}
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	for _, account := range l.store.fixture.AccountsWithURLs() {
		// Their state begins with the first request, which this may be.
		if _, err := l.store.realm(service.Place{Account: account, Region: a.region}); err != nil {
			return a, false
		}
	}
	for place, r := range l.store.realms {
		if place.Region != a.region {
			continue
		}
		for _, f := range r.functions {
			for qualifier, config := range f.urls {
				a.ref, a.config = f.ref, config
				if a.ref.qualifier = qualifier; urlID(a.ref) == a.id {
					return a, true
				}
			}
		}
	}
	return a, false
}

// urls is Lambda as those see it who call functions at their addresses.
type urls struct{ *API }

// URLs returns the service that answers at the addresses of functions.
func (l *API) URLs() service.Service { return urls{l} }

// Limit is that of a call that waits.
func (urls) Limit(*service.Call) int64 { return payloadLimit }

// Route finds the function.
func (u urls) Route(c *service.Call) service.Operation {
	const name = "InvokeFunctionUrl"
	a, ok := u.findURL(addressOf(c.HTTP))
	if !ok {
		op := service.Failing(name, service.NotFound("no function has this URL"))
		op.Open = true
		return op
	}
	c.Subject = a.ref.name
	if a.ref.place.Account != fixture.DefaultAccount {
		c.Subject = a.ref.arn("")
	}
	return service.Operation{
		Name: name, Status: http.StatusOK, Open: a.config.AuthType == authNone || a.config.Cors.isPreflight(c.HTTP),
		Handle: func(c *service.Call) (any, error) { return u.serve(c, a) },
	}
}

// Action is the IAM action of a call at an address.
func (urls) Action(service.Operation) string { return "lambda:InvokeFunctionUrl" }

// EncodeError writes a refusal as the front door of function URLs does.
func (u urls) EncodeError(_ *service.Call, err *service.APIError) service.Answer {
	text, _ := plainjson.Encode(map[string]string{"Message": err.Message}) // texts always encode
	header := jsonHeader()
	header.Set("X-Amzn-Errortype", err.Code)
	return service.Answer{Status: err.Status, Header: header, Body: text, ErrorCode: err.Code}
}

// Denial refuses a signature, or that there is none.
func (u urls) Denial(fault access.AuthFault, message string) *service.APIError {
	if fault == access.FaultMissing {
		return forbidden()
	}
	return u.API.Denial(fault, message)
}

func forbidden() *service.APIError {
	return service.Failure("AccessDeniedException", http.StatusForbidden, "Forbidden")
}

// serve calls the function of an address.
func (u urls) serve(c *service.Call, a address) (any, error) {
	if a.config.Cors.isPreflight(c.HTTP) {
		return a.config.Cors.preflight(c.HTTP), nil
	}
	if a.config.AuthType == authIAM && c.Region != a.region {
		return nil, service.Failure("InvalidSignatureException", http.StatusForbidden, "Credential should be scoped to a valid region.")
	}
	if c.HTTP.Header.Get("X-Amzn-Trace-Id") == "" {
		root := strings.ReplaceAll(c.RequestID, "-", "")[:24]
		c.HTTP.Header.Set("X-Amzn-Trace-Id", "Root=1-"+strconv.FormatInt(c.Now.Unix(), 16)+"-"+root)
	}
	event, err := a.event(c)
	if err != nil {
		return nil, err
	}
	in := invokeInput{kind: "RequestResponse", payload: event, trace: traceOf(c.HTTP.Header.Get("X-Amzn-Trace-Id"))}
	f, isDurable, err := u.pinned(a.ref)
	switch {
	case err != nil:
		return nil, err
	case isDurable && a.config.InvokeMode == modeStream:
		return nil, service.Invalid("A durable function cannot be invoked with a response stream.")
	case isDurable:
		out, err := u.invokeDurable(c, f, in)
		if err != nil {
			return nil, err
		}
		ready, _ := out.(service.Answer)
		return a.whole(c, ready.Body, ready.ErrorCode), nil
	case a.config.InvokeMode == modeStream:
		return u.streamed(c, a, in)
	}
	p, err := u.begin(a.ref, in, c.RequestID)
	if err != nil {
		return nil, err
	}
	out, err := u.run(p)
	if err != nil {
		return nil, err
	}
	return a.whole(c, out.payload, out.functionError), nil
}
