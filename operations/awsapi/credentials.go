package awsapi

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/connector"
)

// expiryWindow is how long before their end credentials are renewed.
const expiryWindow = time.Minute

// maxChained is the longest that AWS lets a role last that another role
// assumed, in seconds.
const maxChained = 3600

// connectionParams are the converted parameters of a connection.
type connectionParams map[string]any

func (p connectionParams) text(name string) string {
	s, _ := p[name].(string)
	return s
}

func (p connectionParams) has(name string) bool { return p[name] != nil }

// check finds parameters that do not go together.
func (p connectionParams) check() error {
	switch {
	case p.has("accessKeyId") && !p.has("secretAccessKey"):
		return connectionError("accessKeyId is given without secretAccessKey")
	case p.has("secretAccessKey") && !p.has("accessKeyId"):
		return connectionError("secretAccessKey is given without accessKeyId")
	case p.has("sessionToken") && !p.has("accessKeyId"):
		return connectionError("sessionToken is given without accessKeyId and secretAccessKey")
	}
	var given []string
	for _, name := range []string{"accessKeyId", "credentials", "profile", "webIdentity"} {
		if p.has(name) {
			given = append(given, name)
		}
	}
	if len(given) > 1 {
		return connectionError("%s are given together: each says alone which credentials to use", strings.Join(given, " and "))
	}
	for _, name := range []string{"useFips", "useDualStack"} {
		if p.has("endpoint") && p[name] == true {
			return connectionError("endpoint and %s are given together: an endpoint is one or it is not", name)
		}
	}
	return p.checkHops()
}

func (p connectionParams) checkHops() error {
	for i, hop := range p.hops() {
		if n, ok := hop["durationSeconds"].(int64); ok && i > 0 && n > maxChained {
			return connectionError("assumeRole[%d]: durationSeconds is %d; a role assumed by a role lasts at most %d", i, n, maxChained)
		}
	}
	return nil
}

func (p connectionParams) hops() []map[string]any {
	list, _ := p["assumeRole"].([]any)
	hops := make([]map[string]any, 0, len(list))
	for _, v := range list {
		if hop, ok := v.(map[string]any); ok {
			hops = append(hops, hop)
		}
	}
	return hops
}

// base gives the credentials that the parameters hold; false where they are to
// be found elsewhere.
func (p connectionParams) base() (aws.CredentialsProvider, bool) {
	if p.has("accessKeyId") {
		return static(p), true
	}
	return p.keys("credentials")
}

// keys gives credentials held by an object.
func (p connectionParams) keys(name string) (aws.CredentialsProvider, bool) {
	m, ok := p[name].(map[string]any)
	if !ok {
		return nil, false
	}
	return static(m), true
}

// static keeps an expiry out of it: AWS says itself when they are too old.
func static(p connectionParams) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(p.text("accessKeyId"), p.text("secretAccessKey"), p.text("sessionToken"))
}

// assume puts the roles to work as over the configuration's credentials.
func (p connectionParams) assume(cfg *aws.Config, endpoint string, req connector.OpenRequest) error {
	session := "medlar-" + sessionText(req.RunID)
	if web, ok := p["webIdentity"].(map[string]any); ok {
		cfg.Credentials = webIdentity(stsClient(*cfg, endpoint), web, session)
	}
	for _, hop := range p.hops() {
		next, err := newRole(stsClient(*cfg, endpoint), hop, session)
		if err != nil {
			return err
		}
		cfg.Credentials = cached(next, "role "+next.arn()+" could not be assumed")
	}
	return nil
}

// sessionText makes a run's id fit for a session name: 64 characters in all.
func sessionText(id string) string {
	const most = 64 - len("medlar-")
	id = strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '_' || strings.ContainsRune("+=,.@-", r) ||
			'0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z') {
			return r
		}
		return '-'
	}, id)
	if id == "" {
		return "run"
	}
	return id[:min(len(id), most)]
}

// stsClient copies the configuration, so that each hop uses the credentials of
// the one before it.
func stsClient(cfg aws.Config, endpoint string) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})
}

func webIdentity(client *sts.Client, web connectionParams, session string) aws.CredentialsProvider {
	arn := web.text("roleArn")
	provider := stscreds.NewWebIdentityRoleProvider(client, arn, stscreds.IdentityTokenFile(web.text("tokenFile")),
		func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName = or(web.text("roleSessionName"), session) })
	return cached(provider, "role "+arn+" could not be assumed with the web identity")
}

func cached(provider aws.CredentialsProvider, what string) aws.CredentialsProvider {
	return aws.NewCredentialsCache(marked(provider, what), func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow = expiryWindow
		o.ExpiryWindowJitterFrac = 0.5
	})
}

// role gets credentials from AssumeRole.
type role struct {
	client *sts.Client
	input  sts.AssumeRoleInput
}

func newRole(client *sts.Client, hop map[string]any, session string) (*role, error) {
	r := &role{client: client}
	if err := hopSetter().fill(reflect.ValueOf(&r.input).Elem(), hop); err != nil {
		return nil, connectionError("assumeRole: %v", err)
	}
	if r.input.RoleSessionName == nil {
		r.input.RoleSessionName = &session
	}
	return r, nil
}

func (r *role) arn() string { return aws.ToString(r.input.RoleArn) }

// Retrieve assumes the role.
func (r *role) Retrieve(ctx context.Context) (aws.Credentials, error) {
	in := r.input
	out, err := r.client.AssumeRole(ctx, &in)
	if err != nil {
		return aws.Credentials{}, err
	}
	c := out.Credentials
	if c == nil {
		return aws.Credentials{}, errors.New("the answer holds no credentials")
	}
	return aws.Credentials{
		AccessKeyID: aws.ToString(c.AccessKeyId), SecretAccessKey: aws.ToString(c.SecretAccessKey),
		SessionToken: aws.ToString(c.SessionToken), Source: "assumeRole",
		CanExpire: c.Expiration != nil, Expires: aws.ToTime(c.Expiration),
	}, nil
}

// marked wraps what a provider fails with, so that the failure is told from
// one of the call itself.
func marked(provider aws.CredentialsProvider, what string) aws.CredentialsProvider {
	return &markedProvider{provider: provider, what: what}
}

type markedProvider struct {
	provider aws.CredentialsProvider
	what     string
}

// Retrieve gives the provider's credentials.
func (m *markedProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := m.provider.Retrieve(ctx)
	if err == nil {
		return c, nil
	}
	var inner *credentialsError
	if errors.As(err, &inner) {
		return c, fmt.Errorf("%s: %w", m.what, err)
	}
	return c, &credentialsError{what: m.what, err: err}
}
