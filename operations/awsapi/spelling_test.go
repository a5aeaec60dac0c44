package awsapi

import (
	"testing"
)

func TestLowerCamel(t *testing.T) {
	tests := map[string]string{
		"FunctionName":  "functionName",
		"KMSKeyArn":     "kmsKeyArn",
		"SAMLAssertion": "samlAssertion",
		"GetAlias":      "getAlias",
		"S3Bucket":      "s3Bucket",
		"URI":           "uri",
		"UUID":          "uuid",
		"ARNs":          "arns",
		"IDsToSkip":     "idsToSkip",
		"EC2Fleet":      "ec2Fleet",
		"Ipv6Allowed":   "ipv6Allowed",
		"DocumentDB":    "documentDB",
		"DBCluster":     "dbCluster",
		"X":             "x",
		"alreadyLower":  "alreadyLower",
		"":              "",
	}
	for name, want := range tests {
		if got := LowerCamel(name); got != want {
			t.Errorf("LowerCamel(%q) is %q, want %q", name, got, want)
		}
	}
}

func TestLowerPath(t *testing.T) {
	if got, want := lowerPath("Tags[].Key"), "tags[].key"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWords(t *testing.T) {
	for name, want := range map[string]string{
		"CreateEventSourceMapping": "Create event source mapping",
		"GetLayerVersionByArn":     "Get layer version by arn",
		"GetURLs":                  "Get uRLs", "A": "A", "": "", "PutÄB": "Put ä b", "aÄb": "a äb",
	} {
		if got := Words(name); got != want {
			t.Errorf("Words(%q) is %q, want %q", name, got, want)
		}
	}
}
