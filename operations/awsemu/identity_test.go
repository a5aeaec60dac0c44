package awsemu_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

// anonymous returns a client that has no credentials.
func (r *rig) anonymous(t *testing.T) *sts.Client {
	t.Helper()
	config := r.config(t, "test", "test", "")
	config.Credentials = aws.AnonymousCredentials{}
	return sts.NewFromConfig(config)
}

func TestWebIdentity(t *testing.T) {
	r := start(t, "roles: [deployer]")
	in := func() *sts.AssumeRoleWithWebIdentityInput {
		return &sts.AssumeRoleWithWebIdentityInput{RoleArn: aws.String(deployer), RoleSessionName: aws.String("web"), WebIdentityToken: aws.String(webToken(time.Hour))}
	}
	out := ok(r.anonymous(t).AssumeRoleWithWebIdentity(t.Context(), in()))(t)
	same(t, "https://issuer.example", *out.Provider)
	same(t, "app", *out.Audience)
	same(t, "alice", *out.SubjectFromWebIdentityToken)
	client, _ := r.as(t, out.Credentials)
	same(t, "arn:aws:sts::000000000000:assumed-role/deployer/web", *ok(client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))(t).Arn)

	opaque := in()
	opaque.WebIdentityToken, opaque.ProviderId = aws.String("an-opaque-token"), aws.String("www.amazon.com")
	same(t, "www.amazon.com", *ok(r.anonymous(t).AssumeRoleWithWebIdentity(t.Context(), opaque))(t).Provider)

	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for _, row := range []struct{ name, token, role, code string }{
		{"expired", webToken(-time.Second), deployer, "ExpiredTokenException"},
		{"opaque", "an-opaque-token", deployer, "InvalidIdentityToken"},
		{"not base64", "?.?.?", deployer, "InvalidIdentityToken"},
		{"not JSON", part("x") + "." + part("x") + ".", deployer, "InvalidIdentityToken"},
		{"no issuer", part("{}") + "." + part(`{"sub":"a","aud":"b","exp":9999999999}`) + ".", deployer, "InvalidIdentityToken"},
		{"no expiry", part("{}") + "." + part(`{"iss":"i","sub":"a","aud":"b"}`) + ".", deployer, "InvalidIdentityToken"},
		{"another role", webToken(time.Hour), "arn:aws:iam::000000000000:role/admin", "AccessDenied"},
	} {
		ask := in()
		ask.WebIdentityToken, ask.RoleArn = &row.token, &row.role
		_, err := r.anonymous(t).AssumeRoleWithWebIdentity(t.Context(), ask)
		t.Run(row.name, func(t *testing.T) {
			fails(t, err, row.code, map[string]int{"AccessDenied": 403}[row.code]|map[bool]int{true: 400}[row.code != "AccessDenied"])
			if strings.Contains(err.Error(), row.token) {
				t.Error("the token is shown")
			}
		})
	}
}

func TestSAML(t *testing.T) {
	r := start(t, "")
	ask := func(assertion string) *sts.AssumeRoleWithSAMLInput {
		return &sts.AssumeRoleWithSAMLInput{RoleArn: aws.String(deployer), PrincipalArn: aws.String(samlProvider), SAMLAssertion: &assertion}
	}
	out := ok(r.anonymous(t).AssumeRoleWithSAML(t.Context(), ask(samlAssertion(time.Hour))))(t)
	same(t, "https://idp.example alice persistent https://signin.aws.amazon.com/saml", *out.Issuer+" "+*out.Subject+" "+*out.SubjectType+" "+*out.Audience)
	same(t, 28, len(*out.NameQualifier))
	client, _ := r.as(t, out.Credentials)
	same(t, "arn:aws:sts::000000000000:assumed-role/deployer/alice", *ok(client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))(t).Arn)

	document := string(ok(base64.StdEncoding.DecodeString(samlAssertion(time.Hour)))(t))
	without := func(old, replaced string) string {
		return base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(document, old, replaced)))
	}
	for _, row := range []struct {
		name, assertion, code string
		status                int
	}{
		{"expired", samlAssertion(-time.Second), "ExpiredTokenException", 400},
		{"not base64", "????", "InvalidIdentityToken", 400},
		{"not XML", "eHh4eA==", "InvalidIdentityToken", 400},
		{"no subject", without(">alice</saml:NameID>", "></saml:NameID>"), "InvalidIdentityToken", 400},
		{"no session name", without("RoleSessionName", "Nothing"), "InvalidIdentityToken", 400},
		{"no role", without("Attributes/Role\"", "Attributes/Nothing\""), "IDPRejectedClaim", 403},
		{"another role", without("role/ci/deployer", "role/other"), "AccessDenied", 403},
		{"entities", base64.StdEncoding.EncodeToString([]byte(`<!DOCTYPE a [<!ENTITY b "c">]>` + strings.ReplaceAll(document, "alice", "&b;"))), "InvalidIdentityToken", 400},
	} {
		_, err := r.anonymous(t).AssumeRoleWithSAML(t.Context(), ask(row.assertion))
		t.Run(row.name, func(t *testing.T) { fails(t, err, row.code, row.status) })
	}
}

// Every other operation needs a signature.
func TestAnonymousCalls(t *testing.T) {
	_, err := start(t, "").anonymous(t).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	fails(t, err, "MissingAuthenticationToken", 403)
}

func TestSessionsCanBeShort(t *testing.T) {
	byOption := startWith(t, "", func(o *awsemu.Options) { o.SessionLimit = 5 * time.Second })
	byFile := start(t, "limits: {session: 5s}")
	for _, r := range []*rig{byOption, byFile} {
		out := ok(r.sts(t).AssumeRole(t.Context(), assume(deployer)))(t)
		client, _ := r.as(t, out.Credentials)
		ok(client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))(t)
		r.advance(6 * time.Second)
		_, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		fails(t, err, "ExpiredToken", 403)
	}
}
