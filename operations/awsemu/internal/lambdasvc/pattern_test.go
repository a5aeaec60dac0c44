package lambdasvc

import (
	"testing"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/pattern"
)

// Patterns are compiled late, so a mistake in one shows here at the latest.
func TestPatterns(t *testing.T) {
	for _, p := range []*pattern.Pattern{aliasName, onlyDigits, versionNumber, functionName, layerName, qualifierArg, actionName, eventToken, serviceName, sourceARN, accountID, urlAuthType, principalARN, statementID, organizationID, roleName, handlerName, variable, layerARN} {
		p.MatchString("")
	}
}
