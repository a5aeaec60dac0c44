package awsapi

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/connector"
)

// assume puts the roles to work as over the configuration's credentials. It
// gives what caches the credentials of each.
func (p connectionParams) assume(cfg *aws.Config, endpoint string, req connector.OpenRequest) ([]cache, error) {
	session := "medlar-" + sessionText(req.RunID)
	var caches []cache
	use := func(provider aws.CredentialsProvider, what string) {
		next := cached(provider, what)
		caches, cfg.Credentials = append(caches, next), next
	}
	if web, ok := p["webIdentity"].(map[string]any); ok {
		use(webIdentity(stsClient(*cfg, endpoint), web, session))
	}
	for _, hop := range p.hops() {
		next, err := newRole(stsClient(*cfg, endpoint), hop, session)
		if err != nil {
			return nil, err
		}
		use(next, "role "+next.arn()+" could not be assumed")
	}
	return caches, nil
}

// namesSessionAfterRun is true where a session is to be named and has no name.
func (p connectionParams) namesSessionAfterRun() bool {
	sessions := p.hops()
	if web, ok := p["webIdentity"].(map[string]any); ok {
		sessions = append(sessions, web)
	}
	return slices.ContainsFunc(sessions, func(s map[string]any) bool { return s["roleSessionName"] == nil })
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

func webIdentity(client *sts.Client, web connectionParams, session string) (provider aws.CredentialsProvider, what string) {
	arn := web.text("roleArn")
	provider = stscreds.NewWebIdentityRoleProvider(client, arn, stscreds.IdentityTokenFile(web.text("tokenFile")),
		func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName = or(web.text("roleSessionName"), session) })
	return provider, "role " + arn + " could not be assumed with the web identity"
}

func cached(provider aws.CredentialsProvider, what string) *aws.CredentialsCache {
	return aws.NewCredentialsCache(&renewing{provider: marked(provider, what)})
}

// role gets credentials from AssumeRole.
type role struct {
	client *sts.Client
	input  sts.AssumeRoleInput
	used   bool // its MFA code; a cache asks for credentials one at a time
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
		return aws.Credentials{}, r.explain(err)
	}
	r.used = true
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

// explain tells a refusal that no other credentials can mend.
func (r *role) explain(err error) error {
	if r.used && r.input.TokenCode != nil {
		return &credentialsError{what: "role " + r.arn() + " could not be assumed again, since an MFA code works once", err: err}
	}
	return err
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
