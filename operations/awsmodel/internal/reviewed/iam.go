package reviewed

import (
	"strings"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// iamPrefixes are what stands before the colon of a service's IAM actions where
// that is not the name it signs with.
var iamPrefixes = map[string]string{
	"cloudwatch": "cloudwatch", "cloudcontrol": "cloudformation", "resourcegroupstaggingapi": "tag", "mturk": "mechanicalturk",
	"iotData": "iot", "iotsecuretunneling": "iot", "iotJobsData": "iotjobsdata", "ioteventsData": "iotevents",
	"partnercentralAccount": "partnercentral", "partnercentralBenefits": "partnercentral",
	"partnercentralChannel": "partnercentral", "partnercentralSelling": "partnercentral",
}

// noIAM are services without actions of their own, or whose actions do not
// follow from the names of operations.
var noIAM = map[string]bool{
	"apigateway": true, "apigatewayv2": true, "keyspaces": true, "connectparticipant": true, "apigatewaymanagementapi": true,
	"codecatalyst": true, "sso": true, "keyspacesstreams": true,
}

// iamActions are operations whose permission has another name; empty for one
// that needs several.
var iamActions = map[string]string{
	"s3.ListObjects": "s3:ListBucket", "s3.ListObjectsV2": "s3:ListBucket", "s3.HeadBucket": "s3:ListBucket",
	"s3.HeadObject": "s3:GetObject", "s3.CopyObject": "s3:PutObject", "s3.UploadPart": "s3:PutObject",
	"s3.UploadPartCopy": "s3:PutObject", "s3.CreateMultipartUpload": "s3:PutObject", "s3.CompleteMultipartUpload": "s3:PutObject",
	"s3.DeleteObjects": "s3:DeleteObject", "s3.ListBuckets": "s3:ListAllMyBuckets", "s3.ListParts": "s3:ListMultipartUploadParts",
	"s3.ListMultipartUploads": "s3:ListBucketMultipartUploads", "s3.ListObjectVersions": "s3:ListBucketVersions",
	"s3.GetBucketEncryption": "s3:GetEncryptionConfiguration", "s3.PutBucketEncryption": "s3:PutEncryptionConfiguration",
	"s3.DeleteBucketEncryption":          "s3:PutEncryptionConfiguration",
	"s3.GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration", "s3.GetBucketLifecycle": "s3:GetLifecycleConfiguration",
	"s3.PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration", "s3.PutBucketLifecycle": "s3:PutLifecycleConfiguration",
	"s3.DeleteBucketLifecycle":              "s3:PutLifecycleConfiguration",
	"s3.GetBucketNotificationConfiguration": "s3:GetBucketNotification",
	"s3.PutBucketNotificationConfiguration": "s3:PutBucketNotification",
	"s3.GetBucketReplication":               "s3:GetReplicationConfiguration",
	"s3.PutBucketReplication":               "s3:PutReplicationConfiguration",
	"s3.DeleteBucketReplication":            "s3:PutReplicationConfiguration",
	"s3.GetBucketCors":                      "s3:GetBucketCORS",
	"s3.PutBucketCors":                      "s3:PutBucketCORS",
	"s3.DeleteBucketCors":                   "s3:PutBucketCORS",
	"s3.DeleteBucketTagging":                "s3:PutBucketTagging",
	"s3.GetPublicAccessBlock":               "s3:GetBucketPublicAccessBlock",
	"s3.PutPublicAccessBlock":               "s3:PutBucketPublicAccessBlock",
	"s3.DeletePublicAccessBlock":            "s3:PutBucketPublicAccessBlock",
	"s3.GetObjectLockConfiguration":         "s3:GetBucketObjectLockConfiguration",
	"s3.PutObjectLockConfiguration":         "s3:PutBucketObjectLockConfiguration",
	"s3.SelectObjectContent":                "s3:GetObject",
	"lambda.Invoke":                         "lambda:InvokeFunction",
	"lambda.InvokeWithResponseStream":       "lambda:InvokeFunction",
	"lambda.GetLayerVersionByArn":           "lambda:GetLayerVersion",
	"dynamodb.TransactGetItems":             "dynamodb:GetItem",
	"dynamodb.TransactWriteItems":           "",
	"dynamodb.ExecuteStatement":             "",
	"dynamodb.BatchExecuteStatement":        "",
	"dynamodb.ExecuteTransaction":           "",
	"sqs.SendMessageBatch":                  "sqs:SendMessage",
	"sqs.DeleteMessageBatch":                "sqs:DeleteMessage",
	"sqs.ChangeMessageVisibilityBatch":      "sqs:ChangeMessageVisibility",
	"sns.PublishBatch":                      "sns:Publish",
	"kms.ReEncrypt":                         "",
	"bedrockRuntime.Converse":               "bedrock:InvokeModel",
	"bedrockRuntime.ConverseStream":         "bedrock:InvokeModelWithResponseStream",
}

// IAMPrefix returns what stands before the colon of a service's IAM actions;
// empty where that is not known.
func IAMPrefix(s *model.Service) string {
	if noIAM[s.Name] {
		return ""
	}
	if p, ok := iamPrefixes[s.Name]; ok {
		return p
	}
	return s.SigningName
}

// IAMAction returns the permission that a call needs; empty where it is not
// known, or is more than one.
func IAMAction(s *model.Service, o *model.Operation) string {
	if action, ok := iamActions[s.Name+"."+o.Name]; ok {
		return action
	}
	prefix := IAMPrefix(s)
	if prefix == "" || o.Flags&model.Unsigned != 0 {
		return ""
	}
	if s.Name == "s3" && strings.HasPrefix(o.Name, "List") && strings.HasSuffix(o.Name, "Configurations") {
		// One permission reads one configuration and lists all.
		what := strings.TrimSuffix(strings.TrimPrefix(o.Name, "ListBucket"), "s")
		return "s3:Get" + what
	}
	if s.Name == "s3" && strings.HasSuffix(o.Name, "Configuration") && strings.Contains(o.Name, "Bucket") {
		verb, what, _ := strings.Cut(o.Name, "Bucket")
		if verb == "Delete" {
			verb = "Put"
		}
		return "s3:" + verb + what
	}
	return prefix + ":" + o.Name
}
