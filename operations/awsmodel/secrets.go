package awsmodel

import (
	"strings"

	"github.com/medlar-flow/medlar/internal/late"
)

// secretResults are the members of results that hold a secret and that AWS's
// models do not mark, by operation: a reviewed list. Members of lists are told
// without an index.
var secretResults = late.Value[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"ssm.GetParameter":                                   {"Parameter.Value"},
		"ssm.GetParameters":                                  {"Parameters.Value"},
		"ssm.GetParametersByPath":                            {"Parameters.Value"},
		"ssm.GetParameterHistory":                            {"Parameters.Value"},
		"secretsmanager.GetSecretValue":                      {"SecretString", "SecretBinary"},
		"secretsmanager.BatchGetSecretValue":                 {"SecretValues.SecretString", "SecretValues.SecretBinary"},
		"secretsmanager.GetRandomPassword":                   {"RandomPassword"},
		"iam.CreateAccessKey":                                {"AccessKey.SecretAccessKey"},
		"iam.CreateServiceSpecificCredential":                {"ServiceSpecificCredential.ServicePassword"},
		"iam.ResetServiceSpecificCredential":                 {"ServiceSpecificCredential.ServicePassword"},
		"ecr.GetAuthorizationToken":                          {"AuthorizationData.AuthorizationToken"},
		"ecrPublic.GetAuthorizationToken":                    {"AuthorizationData.AuthorizationToken"},
		"codeartifact.GetAuthorizationToken":                 {"AuthorizationToken"},
		"kms.CreateGrant":                                    {"GrantToken"},
		"kms.Decrypt":                                        {"Plaintext"},
		"kms.GenerateDataKey":                                {"Plaintext"},
		"kms.GenerateDataKeyPair":                            {"PrivateKeyPlaintext"},
		"kms.GenerateRandom":                                 {"Plaintext"},
		"kms.DeriveSharedSecret":                             {"SharedSecret"},
		"redshift.GetClusterCredentials":                     {"DbPassword"},
		"redshift.GetClusterCredentialsWithIAM":              {"DbPassword"},
		"redshiftServerless.GetCredentials":                  {"DbPassword"},
		"ec2.CreateKeyPair":                                  {"KeyMaterial"},
		"ec2.GetPasswordData":                                {"PasswordData"},
		"lightsail.CreateKeyPair":                            {"PrivateKeyBase64"},
		"lightsail.DownloadDefaultKeyPair":                   {"PrivateKeyBase64"},
		"lightsail.GetInstanceAccessDetails":                 {"AccessDetails.Password", "AccessDetails.PrivateKey"},
		"lightsail.GetRelationalDatabaseMasterUserPassword":  {"MasterUserPassword"},
		"acm.ExportCertificate":                              {"PrivateKey"},
		"apigateway.CreateApiKey":                            {"Value"},
		"apigateway.GetApiKey":                               {"Value"},
		"apigateway.GetApiKeys":                              {"Items.Value"},
		"appsync.CreateApiKey":                               {"ApiKey.Id"},
		"appsync.ListApiKeys":                                {"ApiKeys.Id"},
		"cognitoIdentity.GetOpenIdToken":                     {"Token"},
		"cognitoIdentity.GetOpenIdTokenForDeveloperIdentity": {"Token"},
		"cognitoIdentity.GetCredentialsForIdentity":          {"Credentials.SecretKey", "Credentials.SessionToken"},
		"sts.AssumeRole":                                     {"Credentials.SecretAccessKey", "Credentials.SessionToken"},
		"sts.GetSessionToken":                                {"Credentials.SecretAccessKey", "Credentials.SessionToken"},
		"sts.GetFederationToken":                             {"Credentials.SecretAccessKey", "Credentials.SessionToken"},
		"sso.GetRoleCredentials":                             {"RoleCredentials.SecretAccessKey", "RoleCredentials.SessionToken"},
		"s3.CreateSession":                                   {"Credentials.SecretAccessKey", "Credentials.SessionToken"},
		"iot.CreateKeysAndCertificate":                       {"KeyPair.PrivateKey"},
		"iot.CreateProvisioningClaim":                        {"KeyPair.PrivateKey"},
		"iot.GetRegistrationCode":                            {"RegistrationCode"},
		"connect.GetFederationToken":                         {"Credentials.AccessToken", "Credentials.RefreshToken"},
		"gamelift.GetComputeAuthToken":                       {"AuthToken"},
	}
}}

// endings are those of the names of members that hold a secret wherever they
// stand.
var endings = []string{"Password", "SecretKey", "SecretAccessKey", "SessionToken", "PrivateKey", "ClientSecret"}

// looksSecret reports whether a member of a result is one by its name.
func looksSecret(name string) bool {
	name = capital(name)
	for _, e := range endings {
		if strings.HasSuffix(name, e) {
			return true
		}
	}
	return false
}
