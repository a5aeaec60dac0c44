package awsapi

import (
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// IAM is the annotation of an operation that calls an AWS service: the IAM
// action that the caller needs to be allowed, "lambda:InvokeFunction".
type IAM string

// Note says it to people.
func (a IAM) Note() (label, text string) { return "IAM action", string(a) }

// IAMAction returns the IAM action that a call of the operation needs, and
// false where it says none.
func IAMAction(op *connector.Operation) (string, bool) {
	a, ok := connector.Annotation[IAM](op.Annotations)
	return string(a), ok && a != ""
}

// SandboxKeys is the annotation of a sandbox that stands in for AWS services.
type SandboxKeys struct {
	Region          string        // used where a connection names none
	AccessKeyID     string        // that the emulator takes
	SecretAccessKey schema.Secret // that the emulator takes
}

// sandboxKeys returns the keys of a sandbox; none where it has no annotation,
// so that the emulator refuses the signature.
func sandboxKeys(s *connector.Sandbox) SandboxKeys {
	keys, _ := connector.Annotation[SandboxKeys](s.Annotations)
	return keys
}
