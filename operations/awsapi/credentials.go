package awsapi

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/connector"
)

// expiryWindow is how long before their end credentials are renewed.
const expiryWindow = time.Minute

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
