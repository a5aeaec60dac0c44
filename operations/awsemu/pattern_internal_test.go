package awsemu

import "testing"

// Patterns are compiled late, so a mistake in one shows here at the latest.
func TestPatterns(t *testing.T) {
	for _, p := range []*pattern{
		aliasName, onlyDigits, versionNumber, regionName, functionName, layerName, qualifierArg, actionName, eventToken,
		serviceName, sourceARN, accountID, urlAuthType, principalARN, statementID, organizationID, datedPath, roleName,
		handlerName, variable, layerARN, sessionNameChars, externalIDChars, serialChars, digitChars, wordChars, yamlLine,
	} {
		if p.compiled() == nil {
			t.Errorf("%s", p)
		}
	}
}
