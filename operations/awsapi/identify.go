package awsapi

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
)

// identify asks STS whom the credentials of each hop stand for. It opens no
// client that others share.
func (b *builder) identify(ctx context.Context, req connector.OpenRequest) []connector.Identity {
	p := connectionParams(req.Params)
	cfg, err := b.identityConfig(ctx, p, req)
	if err != nil {
		return []connector.Identity{failedIdentity(ctx, "the connection", err)}
	}
	sdkOnly, plain, err := b.detour(&cfg)
	if err != nil {
		return []connector.Identity{failedIdentity(ctx, "the connection", err)}
	}
	transport, _ := ownTransport(&cfg, defaultConnections, req.Sandbox != nil, plain, b.wrap)
	defer transport.CloseIdleConnections()
	endpoint := b.stsEndpoint(p.endpoint(req.Sandbox), req.Sandbox)
	var found []connector.Identity
	if !p.has("webIdentity") {
		found = append(found, identityOf(ctx, cfg, endpoint, p.via(ctx, cfg, req)))
	}
	for _, h := range p.chain(req) {
		if len(found) > 0 && found[len(found)-1].Err != nil {
			break
		}
		if _, err := h.over(&cfg, endpoint); err != nil {
			return append(found, failedIdentity(ctx, h.via, err))
		}
		found = append(found, identityOf(ctx, cfg, endpoint, h.via))
	}
	last := &found[len(found)-1]
	switch why := transport.Detour(); {
	case last.Err != nil:
	case sdkOnly != "":
		last.Facts = append(last.Facts, "calls go through the SDK: "+sdkOnly)
	case why != "":
		last.Facts = append(last.Facts, "requests go through net/http: "+why)
	}
	return found
}

func (b *builder) identityConfig(ctx context.Context, p connectionParams, req connector.OpenRequest) (aws.Config, error) {
	if err := p.check(); err != nil {
		return aws.Config{}, err
	}
	cfg, _, err := b.config(ctx, p, req.Sandbox)
	if err == nil {
		err = checkRegion(cfg.Region)
	}
	if !p.has("maxAttempts") {
		cfg.RetryMaxAttempts = 2 // somebody waits for the answer
	}
	return cfg, err
}

// via says where the credentials come from that no role was assumed with.
func (p connectionParams) via(ctx context.Context, cfg aws.Config, req connector.OpenRequest) string {
	switch {
	case p.has("credentials"):
		return "credentials of the connection"
	case req.Sandbox != nil:
		return "key of the emulator"
	case p.has("accessKeyId"):
		return "accessKeyId of the connection"
	case p.has("profile"):
		return "profile " + p.text("profile")
	}
	keys, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return "default credentials"
	}
	return sourceText(keys.Source)
}

// sources are the names that the SDK gives to where it found credentials.
var sources = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"EnvConfigCredentials":        "environment variables",
		"SSOProvider":                 "single sign-on",
		"EC2RoleProvider":             "role of this EC2 instance",
		"CredentialsEndpointProvider": "role of this container",
		"AssumeRoleProvider":          "role of the default profile",
		"WebIdentityCredentials":      "web identity of the environment or the default profile",
		"ProcessProvider":             "credential process of the default profile",
	}
}}

func sourceText(source string) string {
	name, detail, _ := strings.Cut(source, ":")
	switch {
	case sources.Get()[name] != "":
		return sources.Get()[name]
	case name == "SharedConfigCredentials":
		return "default profile in" + detail
	default:
		return or(source, "default credentials")
	}
}

// identityOf asks STS whom the configuration's credentials stand for.
func identityOf(ctx context.Context, cfg aws.Config, endpoint, via string) connector.Identity {
	out, err := stsClient(cfg, endpoint).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return failedIdentity(ctx, via, err)
	}
	id := connector.Identity{
		Via: via, Name: aws.ToString(out.Arn),
		Facts: []string{"account " + aws.ToString(out.Account), "region " + cfg.Region},
	}
	keys, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return id
	}
	id.Facts = append(id.Facts, "access key "+keyText(keys.AccessKeyID))
	if keys.CanExpire {
		id.Facts = append(id.Facts, "renewed before "+keys.Expires.UTC().Format(time.RFC3339))
	}
	return id
}

// keyText shows enough of an access key to find it again.
func keyText(key string) string {
	const ends = 4
	if len(key) <= 3*ends {
		return key
	}
	return key[:ends] + "…" + key[len(key)-ends:]
}

func failedIdentity(ctx context.Context, via string, err error) connector.Identity {
	e := toError(ctx, err, connector.EffectReadOnly)
	return connector.Identity{Via: via, Err: e, Help: helpFor(e, err)}
}

// mends says how to mend what STS refuses, by code.
var mends = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"AccessDenied": "the role's trust policy must allow the caller before it sts:AssumeRole, with the same " +
			"externalId, and the caller's own policies must, too; " +
			"a role that asks for MFA needs serialNumber and tokenCode",
		"ExpiredToken":          "the credentials are over: sign in again, or give new ones",
		"ExpiredTokenException": "the token or the credentials are over: sign in again, or have the token file written anew",
		"InvalidClientTokenId": "AWS does not know this access key: it is deleted or mistyped, belongs to another partition, " +
			"or is temporary and stands without its sessionToken",
		"UnrecognizedClientException": "AWS does not know this access key: it is deleted or mistyped, or is temporary and stands " +
			"without its sessionToken",
		"SignatureDoesNotMatch":   "secretAccessKey is not the one of this access key, or the clock of this machine is wrong",
		"InvalidIdentityToken":    "the token is none of the identity provider that the role trusts",
		"IDPRejectedClaim":        "the token does not fit the conditions of the role's trust policy",
		"RegionDisabledException": "activate STS for this Region in the account's settings, or use another Region",
		"ValidationError": "see the parameters of assumeRole; durationSeconds is at most the longest session of the role, " +
			"and 3600 for a role assumed by a role",
		codeNetwork: "see whether region and endpoint are right, and whether this machine reaches them, by " +
			"HTTPS_PROXY where it must",
		codeTimeout: "see whether region and endpoint are right, and whether this machine reaches them, by " +
			"HTTPS_PROXY where it must",
	}
}}

func helpFor(e *connector.Error, err error) string {
	if help := signInHelp(err); help != "" {
		return help
	}
	return mends.Get()[e.Code]
}

// signInHelp says what to do where credentials are missing that somebody or
// something else is to have there; empty for other errors.
func signInHelp(err error) string {
	var signIn *ssocreds.InvalidTokenError
	switch {
	case errors.As(err, &signIn):
		return "sign in again: aws sso login, with --profile where it is one"
	case strings.Contains(err.Error(), "please reauthenticate"): // of the SDK's aws login, which has no type for it
		return "sign in again: aws login, with --profile where it is one"
	case strings.Contains(err.Error(), "SSO token file"): // nor for the file that a sign-in leaves
		return "sign in first: aws sso login, with --profile where it is one"
	case errors.Is(err, fs.ErrNotExist), strings.Contains(err.Error(), "unable to read file at"):
		return "the file is not there; a relative path begins where the program was started"
	}
	return ""
}
