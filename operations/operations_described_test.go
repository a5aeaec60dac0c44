package operations_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/schema"
)

// Everything that the 23 named operations take is described, at every depth.
func TestNamedOperationsAreDescribed(t *testing.T) {
	registry := registry(t)
	for _, name := range named {
		op, _ := registry.Operation(name)
		if op.Summary == "" || op.URL == "" || len(op.Errors) == 0 {
			t.Errorf("%s: summary %q, URL %q, %d errors", name, op.Summary, op.URL, len(op.Errors))
		}
		for _, f := range op.Params().Fields() {
			described(t, f, name+" "+f.Name)
		}
	}
	for _, c := range registry.Connectors() {
		for _, f := range c.Connection.Fields() {
			described(t, f, c.Name+" connection "+f.Name)
		}
	}
}

func described(t *testing.T, f *schema.Field, path string) {
	t.Helper()
	if f.Description == "" {
		t.Errorf("%s is not described", path)
	}
	for f.Elem != nil {
		f = f.Elem
	}
	for _, m := range f.Members.Fields() {
		described(t, m, path+"."+m.Name)
	}
}

// The members that AWS documents for the results of STS.
func TestResultsOfSTS(t *testing.T) {
	credentials := []string{"AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken"}
	role := []string{"AssumedRoleUser", "Credentials", "PackedPolicySize", "SessionTokenSize", "SessionTokenUtilization", "SourceIdentity"}
	more := func(names ...string) []string { return append(append([]string(nil), role...), names...) }
	tests := map[string][]string{
		"sts.assumeRole":                 role,
		"sts.assumeRoleWithSAML":         more("Audience", "Issuer", "NameQualifier", "Subject", "SubjectType"),
		"sts.assumeRoleWithWebIdentity":  more("Audience", "Provider", "SubjectFromWebIdentityToken"),
		"sts.getFederationToken":         {"Credentials", "FederatedUser", "PackedPolicySize", "SessionTokenSize", "SessionTokenUtilization"},
		"sts.getSessionToken":            {"Credentials", "SessionTokenSize", "SessionTokenUtilization"},
		"sts.getCallerIdentity":          {"Account", "Arn", "UserId"},
		"sts.getAccessKeyInfo":           {"Account"},
		"sts.decodeAuthorizationMessage": {"DecodedMessage", "Decision"},
	}
	registry := registry(t)
	for name, want := range tests {
		op, _ := registry.Operation(name)
		members := op.Result().Members
		if diff := cmp.Diff(sorted(want), sorted(members.Names())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if keys := members.Field("Credentials"); keys != nil {
			if diff := cmp.Diff(credentials, sorted(keys.Members.Names())); diff != "" {
				t.Errorf("%s: Credentials (-want +got):\n%s", name, diff)
			}
		}
	}
}

func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}
