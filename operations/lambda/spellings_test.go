package lambda_test

import (
	"testing"

	"github.com/medlar-flow/medlar/operations/lambda"
)

// The published connector's first releases spelt parameters otherwise.
func TestOlderSpellings(t *testing.T) {
	operations := lambda.Connector().Operations
	for _, tt := range []struct{ operation, spelling, want string }{
		{"lambda.addPermission", "eventSourceAccount", "sourceAccount"},
		{"lambda.invoke", "requestPayload", "payload"},
		{"lambda.invokeAsync", "requestPayload", "invokeArgs"},
		{"lambda.invokeAsync", "payload", "invokeArgs"},
		{"lambda.invokeWithResponseStream", "requestPayload", "payload"},
		{"lambda.getLayerVersion", "layerVersionNumber", "versionNumber"},
		{"lambda.deleteLayerVersion", "layerVersionNumber", "versionNumber"},
		{"lambda.getLayerVersionPolicy", "layerVersionNumber", "versionNumber"},
		{"lambda.removePermission", "permissionStatementId", "statementId"},
		{"lambda.removePermission", "permissionQualifier", "qualifier"},
		{"lambda.listFunctions", "apiVersionListFunction", "apiVersionListFunctions"},
		{"lambda.createAlias", "additionalVersionWeights", "routingConfig.additionalVersionWeights"},
		{"lambda.updateAlias", "additionalVersionWeights", "routingConfig.additionalVersionWeights"},
		{"lambda.createAlias", "description", "description"},
		{"lambda.updateAlias", "description", "description"},
		{"lambda.createFunction", "description", "description"},
		{"lambda.addLayerVersionPermission", "versionNumber", "versionNumber"},
		{"lambda.removeLayerVersionPermission", "versionNumber", "versionNumber"},
		{"lambda.addLayerVersionPermission", "layerVersionNumber", "versionNumber"},
		{"lambda.getLayerVersion", "versionNumber", "versionNumber"},
		{"lambda.deleteLayerVersion", "versionNumber", "versionNumber"},
	} {
		found := false
		for _, op := range operations {
			if op.Name != tt.operation {
				continue
			}
			f := op.Params().Field(tt.spelling)
			found = f != nil
			if !found {
				t.Errorf("%s does not take %s", tt.operation, tt.spelling)
				found = true
			} else if f.Name != tt.want && len(f.Into) == 0 {
				t.Errorf("%s takes %s as %s, want %s", tt.operation, tt.spelling, f.Name, tt.want)
			}
		}
		if !found {
			t.Errorf("there is no operation %s", tt.operation)
		}
	}
}
