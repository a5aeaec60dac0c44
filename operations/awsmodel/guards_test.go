package awsmodel_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows"
)

// What says under which condition a call changes something, or which version it
// touches, is not left out because a value happens to be null.
func TestGuardsAreNotNull(t *testing.T) {
	for name, step := range map[string]string{
		"a condition of DynamoDB":      "call: dynamodb.putItem, with: {tableName: t, item: {id: a}, conditionExpression: GUARD}",
		"a delete with a condition":    "call: dynamodb.deleteItem, with: {tableName: t, key: {id: a}, conditionExpression: GUARD}",
		"an object that has not moved": "call: s3.putObject, with: {bucket: b, key: k, body: x, ifMatch: GUARD}",
		"one version of an object":     "call: s3.deleteObject, with: {bucket: b, key: k, versionId: GUARD}",
		"a copy of what it was":        "call: s3.copyObject, with: {bucket: b, key: k, copySource: b/a, copySourceIfMatch: GUARD}",
		"one version of a secret":      "call: secretsmanager.getSecretValue, with: {secretId: s, versionId: GUARD}",
	} {
		t.Run(name, func(t *testing.T) {
			said := func(guard string) string {
				text := "flow: f\ninputs: {g: {type: string}}\nconnections: {aws: {region: us-east-1, credentials: {accessKeyId: a, secretAccessKey: '${env.S}'}}}\nsteps: [{" +
					strings.ReplaceAll(step, "GUARD", guard) + "}]\n"
				f, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", registry(t))
				if err != nil {
					t.Fatal(err)
				}
				if w := f.Warnings(); w != nil {
					return w.Error()
				}
				return ""
			}
			if got := said(`"${ctx.g}"`); !strings.Contains(got, "null-refused") {
				t.Errorf("the check says %q", got)
			}
			if got := said(`"${ctx.g ?? omit}"`); got != "" {
				t.Errorf("with ?? omit the check says %q", got)
			}
		})
	}
}
