package awsapi

import (
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/schema"
)

// sharedConnection is the schema that all connectors share.
var sharedConnection = late.Value[*schema.Schema]{Make: connectionSchema}

// connectionSchema returns the parameters of a connection, the same for every
// AWS service.
func connectionSchema() *schema.Schema {
	session := SessionParams()
	return schema.MustNew(
		&schema.Field{
			Name: "region", Type: schema.String, Pattern: aRegion, Example: "eu-west-1",
			Description: "AWS Region. Without it the SDK's usual chain decides: AWS_REGION, then the profile.",
		},
		&schema.Field{
			Name: "accessKeyId", Type: schema.String,
			Description: "Access key of static credentials, together with secretAccessKey.",
		},
		&schema.Field{
			Name: "secretAccessKey", Type: schema.String, Secret: true,
			Description: "Secret key of static credentials.",
		},
		&schema.Field{
			Name: "sessionToken", Type: schema.String, Secret: true,
			Description: "Session token, where the static credentials are temporary.",
		},
		credentialsField(),
		&schema.Field{
			Name: "profile", Type: schema.String, MinLength: length(1),
			Description: "A profile of the shared AWS files.",
		},
		&schema.Field{
			Name: "assumeRole", Type: schema.List, Accept: schema.Accept{BareElement: true, JSONText: true},
			MinLength: length(1), Elem: hopField(session),
			Description: "A role to work as, or a chain of roles. Its credentials are renewed before they expire.",
		},
		webIdentityField(session),
		&schema.Field{
			Name: "endpoint", Type: schema.String, Pattern: `^https?://[^/?#\s]+(/[^?#\s]*)?$`,
			Example: "http://127.0.0.1:4566",
			Description: "Address of the service: a local one, or a VPC endpoint. Roles are assumed there only where it " +
				"is this machine or the service is STS.",
		},
		&schema.Field{
			Name: "maxAttempts", Type: schema.Integer, Minimum: number(1), Maximum: number(100),
			Description: "Requests that one call may send, where the step has no retry of its own. What may have been done is not sent again.",
		},
		&schema.Field{
			Name: "maxConnections", Type: schema.Integer, Minimum: number(1), Maximum: number(65535),
			Description: "Connections to one host that the requests of all runs of this process have at the same time, 1000 unless said; others wait for one, which counts for their timeout.",
		},
		&schema.Field{
			Name: "checksums", Type: schema.String, Enum: []any{"whenSupported", "whenRequired"},
			Description: "Sums of the bodies of S3's objects: sent and asked for wherever S3 has them, or only where it demands one.",
		},
		&schema.Field{
			Name: "connector", Type: schema.String, Accept: schema.Accept{Drop: true},
			Description: "The connector, where the connection has another name.",
		},
		&schema.Field{Name: "useFips", Type: schema.Boolean, Description: "Use the FIPS endpoint."},
		&schema.Field{Name: "useDualStack", Type: schema.Boolean, Description: "Use the dual-stack endpoint."},
		&schema.Field{
			Name: "blocking", Type: schema.Boolean, Accept: schema.Accept{Drop: true},
			Description: "Accepted for flows that come from the published connector; both values do the same.",
		},
	)
}

func credentialsField() *schema.Field {
	return &schema.Field{
		Name: "credentials", Type: schema.Object, Accept: schema.Accept{JSONText: true}, Example: "${steps.role.Credentials}",
		Description: "Temporary credentials as sts.assumeRole gives them.",
		Members: schema.MustNew(
			&schema.Field{
				Name: "accessKeyId", Aliases: []string{"AccessKeyId"}, Type: schema.String, Required: true,
				Description: "The access key.",
			},
			&schema.Field{
				Name: "secretAccessKey", Aliases: []string{"SecretAccessKey"}, Type: schema.String, Required: true, Secret: true,
				Description: "Its secret key.",
			},
			&schema.Field{
				Name: "sessionToken", Aliases: []string{"SessionToken"}, Type: schema.String, Secret: true,
				Description: "Its session token.",
			},
			&schema.Field{
				Name: "expiration", Aliases: []string{"Expiration"}, Type: schema.Timestamp,
				Description: "When they end; AWS says so itself, so this changes nothing.",
			},
		).Open(),
	}
}

func webIdentityField(session map[string]schema.Field) *schema.Field {
	arn, name := session["roleArn"], session["roleSessionName"]
	return &schema.Field{
		Name: "webIdentity", Type: schema.Object, Accept: schema.Accept{JSONText: true},
		Description: "A role to work as with the token of an identity provider. The file is read again at each renewal.",
		Members: schema.MustNew(
			&schema.Field{
				Name: "roleArn", Aliases: []string{"RoleArn"}, Type: schema.String, Required: true,
				MinLength: arn.MinLength, MaxLength: arn.MaxLength, Description: arn.Description,
			},
			&schema.Field{
				Name: "roleSessionName", Aliases: []string{"RoleSessionName"}, Type: schema.String,
				MinLength: name.MinLength, MaxLength: name.MaxLength, Pattern: name.Pattern, Description: name.Description,
			},
			&schema.Field{
				Name: "tokenFile", Aliases: []string{"TokenFile"}, Type: schema.String, Required: true,
				MinLength: length(1), Description: "File that holds the token.",
			},
		),
	}
}

func length(n int) *int { return &n }
