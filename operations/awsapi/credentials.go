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
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/operations/awsapi/internal/direct"
)

// hop is a role to work as: how it is told, what is said where it cannot be
// assumed, and what assumes it with the credentials of the hop before.
type hop struct {
	via    string
	failed string
	assume func(client *sts.Client) (aws.CredentialsProvider, error)
}

// chain returns the roles to work as, in their order.
func (p connectionParams) chain(req connector.OpenRequest) []hop {
	session := "medlar-" + sessionText(req.RunID)
	var hops []hop
	if web, ok := p["webIdentity"].(map[string]any); ok {
		hops = append(hops, webIdentityHop(web, session))
	}
	for _, params := range p.hops() {
		hops = append(hops, roleHop(params, session))
	}
	return hops
}

// assume puts the roles to work as over the configuration's credentials. It
// gives what caches the credentials of each.
func (p connectionParams) assume(cfg *aws.Config, endpoint string, req connector.OpenRequest) ([]cache, error) {
	var caches []cache
	for _, h := range p.chain(req) {
		next, err := h.over(cfg, endpoint)
		if err != nil {
			return nil, err
		}
		caches = append(caches, next)
	}
	return caches, nil
}

// over makes the hop the configuration's credentials.
func (h hop) over(cfg *aws.Config, endpoint string) (cache, error) {
	provider, err := h.assume(stsClient(*cfg, endpoint))
	if err != nil {
		return nil, err
	}
	next := cached(provider, h.failed)
	cfg.Credentials = next
	return next, nil
}

// namesSessionAfterRun reports whether a session is to be named and has no name.
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

func webIdentityHop(web connectionParams, session string) hop {
	arn, file := web.text("roleArn"), web.text("tokenFile")
	return hop{
		via:    "role " + arn + " with the web identity token in " + file,
		failed: "role " + arn + " could not be assumed with the web identity",
		assume: func(client *sts.Client) (aws.CredentialsProvider, error) {
			return stscreds.NewWebIdentityRoleProvider(client, arn, tokenFile(file),
				func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName = or(web.text("roleSessionName"), session) }), nil
		},
	}
}

// tokenFile is a file that holds a token, which somebody renews.
type tokenFile string

// maxTokenFile is the size that the file of a token may have, in bytes.
const maxTokenFile = 1 << 20

// GetIdentityToken reads the file anew.
func (f tokenFile) GetIdentityToken() ([]byte, error) {
	token, err := readfile.Plain(string(f), maxTokenFile)
	if err != nil {
		return nil, fmt.Errorf("reading the web identity token: %w", readfile.About(string(f), err))
	}
	return token, nil
}

func roleHop(params connectionParams, session string) hop {
	arn := params.text("roleArn")
	return hop{
		via:    "role " + arn,
		failed: "role " + arn + " could not be assumed",
		assume: func(client *sts.Client) (aws.CredentialsProvider, error) { return newRole(client, params, session) },
	}
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
	if err := hopSetter.Get().fill(reflect.ValueOf(&r.input).Elem(), hop); err != nil {
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
	if c == nil || aws.ToString(c.AccessKeyId) == "" || aws.ToString(c.SecretAccessKey) == "" || aws.ToString(c.SessionToken) == "" {
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

// Retrieve returns the provider's credentials.
func (m *markedProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := m.provider.Retrieve(ctx)
	if err == nil {
		if name := unsendable(c.AccessKeyID, c.SecretAccessKey, c.SessionToken); name != "" {
			return aws.Credentials{}, connectionError("the credentials that were found (%s) cannot be sent: %s %s", or(c.Source, m.what), name, direct.OddText)
		}
		return c, nil
	}
	var inner *credentialsError
	if errors.As(err, &inner) {
		return c, fmt.Errorf("%s: %w", m.what, err)
	}
	return c, &credentialsError{what: m.what, err: err}
}

// ProviderSources tells how the provider's credentials were found.
func (m *markedProvider) ProviderSources() []aws.CredentialSource { return sourcesOf(m.provider) }

func sourcesOf(provider aws.CredentialsProvider) []aws.CredentialSource {
	if p, ok := provider.(aws.CredentialProviderSource); ok {
		return p.ProviderSources()
	}
	return nil
}

// ProviderSources tells that a role was assumed.
func (r *role) ProviderSources() []aws.CredentialSource {
	return []aws.CredentialSource{aws.CredentialSourceSTSAssumeRole}
}
