package awsapi

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/schema"
)

// narrowing are the parameters that say how little a call touches, or under
// which condition: without one of them it does something else.
var narrowing = late.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"qualifier": true, "revisionId": true, "version": true, "versionId": true, "versionNumber": true, "functionVersion": true,
		"s3ObjectVersion": true, "codeSha256": true, "dryRun": true, "invocationType": true, "tenantId": true,
		"ifMatch": true, "ifNoneMatch": true, "conditionExpression": true, "filterExpression": true, "keyConditionExpression": true,
		"expectedBucketOwner": true, "sourceArn": true, "sourceAccount": true, "principalOrgID": true, "organizationId": true,
		"eventSourceToken": true, "functionUrlAuthType": true, "invokedViaFunctionUrl": true, "filterCriteria": true,
		"policy": true, "policyArns": true, "externalId": true, "sourceIdentity": true,
		"conditionalOperator": true, "ifModifiedSince": true, "ifUnmodifiedSince": true, "ifMatchSize": true, "ifMatchLastModifiedTime": true,
		"copySourceIfMatch": true, "copySourceIfNoneMatch": true, "copySourceIfModifiedSince": true, "copySourceIfUnmodifiedSince": true,
		"expectedSourceBucketOwner": true, "sourceVersionId": true, "versionStage": true,
	}
}}

// Narrows reports whether a parameter of this name, lowerCamel, says how little
// a call touches or under which condition, in any service: null there is
// refused (see schema.Field.NotNull).
func Narrows(name string) bool { return narrowing.Get()[name] }

// These say by its name what a parameter of a call that changes something does,
// in any service. Each is tried without capitals.
var (
	// whose names the account, the registry or the cluster in which the rest is
	// looked for: without it another one is meant.
	whose = naming{
		parts: []string{"call", "cluster", "bus", "group", "owner", "space", "scope", "user", "account", "catalog", "registry"},
		form: regex.Late{Text: `^(call_?as|cluster|event_?bus_?name|group_?name|mesh_?owner|name_?space|name_?space_?id|registry_?name|scope|user_?name|work_?group)$|` +
			`(account_?id|catalog_?id|registry_?id|owner|owner_?account|owner_?account_?id)$`},
	}
	// condition keeps a call from what is another thing by now.
	condition = naming{
		parts: []string{"expected", "if_", "tag", "token"},
		form:  regex.Late{Text: `^(expected|if_(match|none_match|modified|unmodified).*|expected_.*|.*_expected)$|(e_?tag|(update|lock|version|conditional)_token)$`},
	}
	// edition is one of several that a thing has.
	edition = naming{
		parts: []string{"version", "revision", "qualifier"},
		form:  regex.Late{Text: `(^|_)(versions?|revisions?|qualifier)(_(ids?|numbers?|names?|labels?|arns?|identifiers?|stages?|label))?$`},
	}
	// software has versions of another kind: without one it stays as it is, or is
	// the newest.
	software = naming{
		parts: []string{"version"},
		form: regex.Late{Text: `^(major_|target_|job_|channel_|minor_)?(engine|platform|runtime|glue|kafka|airflow|grafana|mlflow|elasticsearch|os|ami|esx|node_js|api|query|release|cluster|` +
			`agent_software|appstream_agent|payload_format|authorizer_payload_format|.*protocol|image_os|server_sdk|kubernetes)_versions?$`},
	}
	// selection says which things a call takes away, stops or sends to.
	selection = naming{
		parts: []string{"id", "arn", "name", "filter", "target"},
		form:  regex.Late{Text: `(^|_)(ids?|arns?|names?|identifiers?|filters?|targets?)$`},
	}
	// targets are what is done to, where something is sent.
	targets = naming{
		parts: []string{"ids", "target", "filter"},
		form:  regex.Late{Text: `(^|_)(instance_ids|targets|filters?|channel_ids)$`},
	}
)

// naming is a form of names. One of parts stands in every name that has it, so
// that most names need no regular expression, and a start that looks at the
// parameters of one operation compiles few.
type naming struct {
	parts []string
	form  regex.Late
}

func (n *naming) matches(name string) bool {
	return slices.ContainsFunc(n.parts, func(part string) bool { return strings.Contains(name, part) }) && n.form.Get().MatchString(name)
}

// verb returns the first word of an operation's name, behind batch.
func verb(operation string) string {
	word, _, _ := strings.Cut(strings.TrimPrefix(operation, "batch_"), "_")
	return word
}

// takes reports whether an operation takes away or stops what there is.
func takes(operation string) bool {
	switch verb(operation) {
	case "abort", "archive", "cancel", "deactivate", "delete", "deregister", "detach", "disable", "disassociate", "purge", "reboot", "reject",
		"release", "remove", "replace", "reset", "revoke", "stop", "terminate", "unassign", "untag":
		return true
	}
	return false
}

// sends reports whether an operation does something to what is selected.
func sends(operation string) bool {
	switch verb(operation) {
	case "send", "start", "apply", "execute", "invoke", "run":
		return true
	}
	return false
}

// makes reports whether the versions that an operation takes are of what it makes.
func makes(operation string) bool {
	switch verb(operation) {
	case "create", "import", "modify", "put", "register", "run", "update", "publish", "upgrade", "copy", "restore", "clone":
		return true
	}
	return false
}

// MarkNarrowing marks the parameters of an operation, whose name is lowerCamel or
// AWS's, that say what little of all there is a call changes: null there is
// refused (see schema.Field.NotNull). fields are those at the top; what only reads
// touches nothing.
func MarkNarrowing(operation string, effect connector.Effect, fields []*schema.Field) {
	if effect == connector.EffectReadOnly {
		return
	}
	operation = words(operation)
	for _, f := range fields {
		f.NotNull = f.NotNull || !f.Required && f.Default == nil && narrowsChange(operation, words(f.Name), f.Type == schema.List)
	}
}

// narrowsChange reports whether a parameter narrows what an operation changes.
func narrowsChange(operation, name string, list bool) bool {
	switch {
	case whose.matches(name), condition.matches(name):
		return true
	case edition.matches(name) && !software.matches(name):
		return !makes(operation) || slices.Contains([]string{"version", "version_id", "revision", "revision_id", "qualifier", "current_version"}, name) && !strings.HasPrefix(operation, "create_")
	case takes(operation):
		return list || selection.matches(name)
	case sends(operation):
		return targets.matches(name)
	}
	return false
}

// words returns the words of a name, in lower case with _ between them.
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 && (name[i-1] < 'A' || name[i-1] > 'Z' || i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z') {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
