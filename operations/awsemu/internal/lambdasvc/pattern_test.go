package lambdasvc

import (
	"testing"

	"github.com/medlar-flow/medlar/internal/regex"
)

// Patterns are compiled late, so a mistake in one shows here at the latest.
func TestPatterns(t *testing.T) {
	for _, p := range []*regex.Late{aliasName, onlyDigits, versionNumber, functionName, layerName, qualifierArg, actionName, eventToken, serviceName, sourceARN, accountID, urlAuthType, principalARN, statementID, organizationID, roleName, handlerName, variable, layerARN} {
		p.Get().MatchString("")
	}
}
