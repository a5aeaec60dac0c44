package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/medlar-flow/medlar/internal/reach"
	"github.com/medlar-flow/medlar/schema"
)

// OIDCConfig says which issuer of OpenID Connect knows people, and what its claims mean.
type OIDCConfig struct {
	// Issuer is its address, as it writes it: https, or http on this machine.
	Issuer string
	// ClientID and ClientSecret are those of the console at the issuer; the secret may be
	// empty for a public client.
	ClientID     string
	ClientSecret schema.Secret
	// Redirect is the address that the issuer sends people back to.
	Redirect string
	// Scopes are asked for beside openid.
	Scopes []string
	// NameClaim has the name of somebody; empty for email, then preferred_username.
	NameClaim string
	// RolesClaim has texts that Roles gives a meaning; empty for groups. One that is
	// within another is written with a dot: realm_access.roles.
	RolesClaim string
	// Roles are what the texts of RolesClaim give.
	Roles map[string][]string
	// Everyone are the roles of whoever the issuer knows for this client.
	Everyone []string
	// Transport carries requests to the issuer; nil for one of its own.
	Transport http.RoundTripper
}

// OIDC logs people in at an issuer: by the authorization code flow with PKCE. It asks
// the issuer for nothing before somebody logs in. It may be used by many goroutines.
type OIDC struct {
	config OIDCConfig
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider
	until    time.Time // the provider is asked for anew then
}

const (
	mostIssuer   = 1 << 20          // bytes of an answer
	issuerTime   = 10 * time.Second // for one request
	providerTime = time.Hour
)

// NewOIDC returns an issuer. The error says what is wrong with the configuration.
func NewOIDC(config OIDCConfig) (*OIDC, error) {
	if err := checkIssuer(config.Issuer); err != nil {
		return nil, err
	}
	if config.ClientID == "" || config.Redirect == "" {
		return nil, errors.New("an issuer needs a client and an address that it sends people back to")
	}
	if len(config.Roles) == 0 && len(config.Everyone) == 0 {
		return nil, errors.New("nothing gives anybody a role")
	}
	for _, roles := range config.Roles {
		if err := checkRoles(roles); err != nil {
			return nil, err
		}
	}
	if err := checkRoles(config.Everyone); err != nil {
		return nil, err
	}
	if config.RolesClaim == "" {
		config.RolesClaim = "groups"
	}
	if config.Transport == nil {
		config.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, MaxIdleConns: 2, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: issuerTime}
	}
	client := &http.Client{
		Transport: bounded{config.Transport}, Timeout: issuerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errElsewhere },
	}
	return &OIDC{config: config, client: client}, nil
}

var errElsewhere = errors.New("an issuer that leads elsewhere is not followed")

func checkRoles(roles []string) error {
	_, err := ParseRoles(strings.Join(roles, ","))
	if len(roles) == 0 {
		return nil
	}
	return err
}

func checkIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	if err == nil && u.User == nil && u.RawQuery == "" && u.Fragment == "" {
		host := u.Hostname()
		ip := net.ParseIP(host)
		if u.Scheme == "https" && host != "" || u.Scheme == "http" && (host == "localhost" || ip != nil && ip.IsLoopback()) {
			return nil
		}
	}
	return errors.New("the issuer is an address such as https://login.example.com")
}

// bounded reads no more of an answer than an issuer has to say.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, mostIssuer)
	}
	return resp, err //nolint:wrapcheck // it is that of another transport
}

// Pending is a login that is under way at an issuer. It stays with the server.
type Pending struct{ state, nonce, verifier string }

// of returns the issuer as it describes itself.
func (o *OIDC) of(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil && time.Now().Before(o.until) {
		return o.provider, nil
	}
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, o.client), o.config.Issuer)
	switch {
	case err == nil:
		o.provider, o.until = p, time.Now().Add(providerTime)
	case o.provider == nil:
		return nil, fmt.Errorf("the issuer does not say how to log in: %w", err)
	}
	return o.provider, nil
}

func (o *OIDC) oauth(p *oidc.Provider) *oauth2.Config {
	scopes := []string{oidc.ScopeOpenID}
	for _, s := range o.config.Scopes {
		if !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	return &oauth2.Config{ClientID: o.config.ClientID, ClientSecret: string(o.config.ClientSecret), Endpoint: p.Endpoint(), RedirectURL: o.config.Redirect, Scopes: scopes}
}

// Begin returns where somebody logs in, and what End is to be given.
func (o *OIDC) Begin(ctx context.Context) (address string, pending *Pending, err error) {
	p, err := o.of(ctx)
	if err != nil {
		return "", nil, err
	}
	pending = &Pending{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier()}
	address = o.oauth(p).AuthCodeURL(pending.state, oidc.Nonce(pending.nonce), oauth2.S256ChallengeOption(pending.verifier))
	return address, pending, nil
}

// End returns who came back from the issuer with a query. The error holds neither the
// code nor a token.
func (o *OIDC) End(ctx context.Context, pending *Pending, q url.Values) (Person, error) {
	var none Person
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(pending.state)) != 1 {
		return none, errors.New("the answer is that of another login")
	}
	if iss := q.Get("iss"); iss != "" && iss != o.config.Issuer {
		return none, errors.New("the answer is that of another issuer")
	}
	if code := q.Get("error"); code != "" {
		return none, fmt.Errorf("the issuer says %.100q", code)
	}
	p, err := o.of(ctx)
	if err != nil {
		return none, err
	}
	ctx = oidc.ClientContext(ctx, o.client)
	tokens, err := o.oauth(p).Exchange(ctx, q.Get("code"), oauth2.VerifierOption(pending.verifier))
	if err != nil {
		return none, exchangeError(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	if raw == "" {
		return none, errors.New("the issuer gave no id_token; its client has to have the scope openid")
	}
	id, err := p.Verifier(&oidc.Config{ClientID: o.config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return none, fmt.Errorf("the issuer's token is refused: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(pending.nonce)) != 1 {
		return none, errors.New("the issuer's token is that of another login")
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return none, errors.New("the issuer's claims cannot be read")
	}
	if party, ok := claims["azp"].(string); ok && party != o.config.ClientID {
		return none, errors.New("the issuer's token is for another client")
	}
	o.complete(ctx, p, tokens, claims)
	return o.person(id.Subject, claims)
}

// exchangeError leaves out what an issuer answered: it may repeat what it was sent.
func exchangeError(err error) error {
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.ErrorCode != "":
		return fmt.Errorf("the issuer gives no token: %.100q", refused.ErrorCode)
	case errors.As(err, &refused) && refused.Response != nil:
		return fmt.Errorf("the issuer gives no token: status %d", refused.Response.StatusCode)
	case errors.Is(err, errElsewhere):
		return errElsewhere
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the issuer does not answer")
	}
	var at *url.Error
	if errors.As(err, &at) {
		return fmt.Errorf("the issuer does not answer: %w", reach.Failure(err))
	}
	return errors.New("the issuer's answer cannot be read")
}

// complete asks for claims that the token has not: some issuers tell groups only so.
func (o *OIDC) complete(ctx context.Context, p *oidc.Provider, tokens *oauth2.Token, claims map[string]any) {
	if p.UserInfoEndpoint() == "" || len(textsAt(claims, o.config.RolesClaim)) > 0 && o.name(claims) != "" {
		return
	}
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil || info.Subject != claims["sub"] {
		return // what the token says is enough, or nobody gets a role
	}
	more := map[string]any{}
	if info.Claims(&more) != nil {
		return
	}
	for name, v := range more {
		if _, has := claims[name]; !has {
			claims[name] = v
		}
	}
}

// person makes somebody of claims.
func (o *OIDC) person(subject string, claims map[string]any) (Person, error) {
	p := Person{ID: subject, Name: o.name(claims), Roles: slices.Clone(o.config.Everyone)}
	if p.Name == "" {
		p.Name = subject
	}
	for _, text := range textsAt(claims, o.config.RolesClaim) {
		for _, role := range o.config.Roles[text] {
			if !slices.Contains(p.Roles, role) {
				p.Roles = append(p.Roles, role)
			}
		}
	}
	if !p.Has(View) {
		return Person{}, fmt.Errorf("the claim %s gives %.100q no role that may see pages", o.config.RolesClaim, p.Name)
	}
	return p, nil
}

// name returns how somebody is called. An address that the issuer has not verified is
// no name: people can write what they like there.
func (o *OIDC) name(claims map[string]any) string {
	names := []string{"email", "preferred_username"}
	if o.config.NameClaim != "" {
		names = []string{o.config.NameClaim}
	}
	for _, name := range names {
		if name == "email" && claims["email_verified"] != true && claims["email_verified"] != "true" {
			continue
		}
		if texts := textsAt(claims, name); len(texts) > 0 {
			return texts[0]
		}
	}
	return ""
}

// textsAt returns the texts of a claim: one, or a list. A name with dots is that of a
// claim, or a path.
func textsAt(claims map[string]any, name string) []string {
	v, ok := claims[name]
	if !ok {
		outer, rest, dotted := strings.Cut(name, ".")
		inner, isMap := claims[outer].(map[string]any)
		if !dotted || !isMap {
			return nil
		}
		return textsAt(inner, rest)
	}
	switch v := v.(type) {
	case string:
		if v != "" {
			return []string{v}
		}
	case []any:
		var list []string
		for _, one := range v {
			if text, ok := one.(string); ok && text != "" {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}
