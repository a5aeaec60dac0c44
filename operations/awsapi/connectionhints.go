package awsapi

import (
	"maps"

	"github.com/medlar-flow/medlar/internal/late"
)

// connectionHints say what to write for names that people try in a connection to
// AWS, because other programs and the shared files have them.
var connectionHints = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"roleArn":            `write ‹assumeRole: {roleArn: "arn:aws:iam::000000000000:role/name"}›`,
		"role":               `write ‹assumeRole: {roleArn: "arn:aws:iam::000000000000:role/name"}›`,
		"roleSessionName":    `write ‹assumeRole: {roleArn: "arn:aws:iam::000000000000:role/name", roleSessionName: name}›`,
		"externalId":         `write ‹assumeRole: {roleArn: "arn:aws:iam::000000000000:role/name", externalId: id}›`,
		"accessKey":          "write ‹accessKeyId:›",
		"awsAccessKeyId":     "write ‹accessKeyId:›",
		"key":                "write ‹accessKeyId:›",
		"secretKey":          "write ‹secretAccessKey:›",
		"awsSecretAccessKey": "write ‹secretAccessKey:›",
		"secret":             "write ‹secretAccessKey:›",
		"token":              "write ‹sessionToken:›",
		"awsSessionToken":    "write ‹sessionToken:›",
		"awsRegion":          "write ‹region:›",
		"defaultRegion":      "write ‹region:›",
		"awsProfile":         "write ‹profile:›",
		"profileName":        "write ‹profile:›",
		"endpointUrl":        "write ‹endpoint:›",
		"url":                "write ‹endpoint:›",
		"baseUrl":            "write ‹endpoint:›",
		"retries":            "write ‹maxAttempts:›, or give steps a ‹retry:›",
		"account":            "leave it out: credentials and roles say the account",
		"accountId":          "leave it out: credentials and roles say the account",
	}
}}

// withConnectionHints returns the hints of a connector beside those that all have.
func withConnectionHints(own map[string]string) map[string]string {
	hints := maps.Clone(connectionHints.Get())
	maps.Copy(hints, own)
	return hints
}
