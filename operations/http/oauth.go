package http

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	nethttp "net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/internal/retryafter"
	"github.com/medlar-flow/medlar/schema"
)

type oauthIn struct {
	TokenURL     string         `param:"tokenUrl,required" alias:"tokenURL" example:"https://login.example.com/oauth2/token" doc:"Where tokens are fetched."`
	ClientID     string         `param:"clientId,required" alias:"clientID" doc:"The client's name."`
	ClientSecret schema.Secret  `param:"clientSecret,required" doc:"The client's secret."`
	Scopes       []string       `param:"scopes" alias:"scope" doc:"What the token is to allow."`
	Params       map[string]any `param:"params" example:"{audience: orders}" doc:"More fields of the request for a token, such as audience or resource."`
	ClientAuth   string         `param:"clientAuth" enum:"basic,body" default:"basic" doc:"How the client shows who it is: by Authorization: Basic, or by fields of the body."`
}

const codeToken = "TokenRefused"

// grant is an answer with a token.
type grant struct {
	token string
	until time.Time // zero where the answer does not say
}

// tokenRequest is what fetches a token (RFC 6749, section 4.4).
type tokenRequest struct {
	in        oauthIn
	url       *url.URL
	fields    url.Values
	transport nethttp.RoundTripper
}

func newTokenRequest(in oauthIn, transport nethttp.RoundTripper) (*tokenRequest, error) {
	at, err := absolute(in.TokenURL)
	if err != nil {
		return nil, fmt.Errorf("tokenUrl %w", err)
	}
	fields, err := values("params", in.Params)
	if err != nil {
		return nil, err
	}
	fields.Set("grant_type", "client_credentials")
	if len(in.Scopes) > 0 {
		fields.Set("scope", strings.Join(in.Scopes, " "))
	}
	if in.ClientAuth == "body" {
		fields.Set("client_id", in.ClientID)
		fields.Set("client_secret", in.ClientSecret.Reveal())
	}
	return &tokenRequest{in, at, fields, transport}, nil
}

// tokenTimeout bounds a request for a token; mostToken is the largest answer.
const (
	tokenTimeout = 30 * time.Second
	mostToken    = 1 << 20
)

// fetch asks for a token. A failure is a *connector.Error, and says nothing of
// what was sent or answered but the code of RFC 6749.
func (r *tokenRequest) fetch(ctx context.Context) (grant, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, tokenTimeout, errTooSlow)
	defer cancel()
	req, err := nethttp.NewRequestWithContext(bounded, nethttp.MethodPost, r.url.String(), strings.NewReader(r.fields.Encode()))
	if err != nil {
		return grant{}, invalidConnection("oauth2: tokenUrl is no URL")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "medlar")
	if r.in.ClientAuth != "body" {
		req.SetBasicAuth(url.QueryEscape(r.in.ClientID), url.QueryEscape(r.in.ClientSecret.Reveal()))
	}
	asked := time.Now()
	// A redirect is no answer: the secret goes nowhere else.
	client := &nethttp.Client{Transport: r.transport, CheckRedirect: func(*nethttp.Request, []*nethttp.Request) error { return nethttp.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return grant{}, r.unanswered(bounded, req, err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostToken))
	if err != nil {
		return grant{}, r.unanswered(bounded, req, err)
	}
	if resp.StatusCode != nethttp.StatusOK {
		return grant{}, r.refused(resp, body)
	}
	return r.read(resp, body, asked)
}

// unanswered words what went wrong on the way, as for a request of a flow.
func (r *tokenRequest) unanswered(ctx context.Context, req *nethttp.Request, err error) error {
	x := &exchange{first: req, effect: connector.EffectReadOnly, in: requestIn{Timeout: tokenTimeout}}
	failure := connector.AsError(x.failure(ctx, err))
	worded := *failure
	worded.Message, worded.Outcome = "no token of OAuth2: "+failure.Message, connector.OutcomeFailed
	return &worded
}

// errorCode is what RFC 6749 allows as the code of an error, kept short.
var errorCode = regex.Late{Text: `^[A-Za-z0-9_.-]{1,64}$`}

func (r *tokenRequest) refused(resp *nethttp.Response, body []byte) error {
	delay := retryafter.Of(resp.Header, time.Now())
	e := &connector.Error{
		Code: codeToken, Class: classOf(resp.StatusCode, delay > 0), Status: resp.StatusCode, RetryAfter: delay,
		RequestID: requestID(resp), Outcome: connector.OutcomeFailed,
		Message: fmt.Sprintf("no token of OAuth2: %s answered with %d %s", r.url.Host, resp.StatusCode, nethttp.StatusText(resp.StatusCode)),
	}
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &said) == nil && errorCode.Get().MatchString(said.Error) {
		e.Message += " and " + said.Error
		if resp.StatusCode == nethttp.StatusBadRequest {
			e.Class = connector.ClassDenied
			if said.Error == "invalid_request" || said.Error == "invalid_scope" || said.Error == "unsupported_grant_type" {
				e.Class = connector.ClassInvalid
			}
		}
	}
	return e
}

// read reads an answer with a token.
func (r *tokenRequest) read(resp *nethttp.Response, body []byte, asked time.Time) (grant, error) {
	var said struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Expires any    `json:"expires_in"`
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	err := json.Unmarshal(body, &said)
	switch {
	case err != nil && kind != "application/json":
		err = errors.New("the answer is no JSON")
	case err != nil:
		err = errors.New("the answer is no JSON, as its Content-Type says")
	case said.Token == "" || !validValue(said.Token):
		err = errors.New("the answer holds no access_token that can be sent")
	case said.Type != "" && !strings.EqualFold(said.Type, "bearer"):
		err = errors.New("the answer's token_type is not Bearer")
	}
	if err != nil {
		return grant{}, &connector.Error{
			Code: codeAnswer, Class: connector.ClassUnavailable, Status: resp.StatusCode, Outcome: connector.OutcomeFailed,
			Message: "no token of OAuth2: " + r.url.Host + ": " + err.Error(),
		}
	}
	g := grant{token: said.Token}
	if seconds, ok := secondsOf(said.Expires); ok {
		g.until = asked.Add(seconds - min(time.Minute, seconds/10)) // so that it does not end on its way
	}
	return g, nil
}

// secondsOf reads a number of seconds, which some servers write as text.
func secondsOf(v any) (time.Duration, bool) {
	var n float64
	switch x := v.(type) {
	case float64:
		n = x
	case string:
		var err error
		if n, err = strconv.ParseFloat(x, 64); err != nil {
			return 0, false
		}
	default:
		return 0, false
	}
	const year = 365 * 24 * 60 * 60
	if !(n >= 0) { // also no number at all
		return 0, false
	}
	return time.Duration(min(n, year) * float64(time.Second)), true
}
