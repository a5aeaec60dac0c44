package protocol

import (
	"strings"

	"github.com/aws/smithy-go"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// APIError is an error that a service answered with and that its model has.
type APIError struct {
	// ErrorCodeOverride is the code that a service sends beside the error's
	// name for callers of an older protocol; nil for none.
	ErrorCodeOverride *string

	shape   *shape
	members map[string]any
}

// Deserialize reads the error's members.
func (e *APIError) Deserialize(d smithy.ShapeDeserializer) error {
	v, err := reader{d: d}.structure(e.shape, e.shape.schema)
	e.members = v
	return err
}

// Error returns code and message.
func (e *APIError) Error() string { return e.ErrorCode() + ": " + e.ErrorMessage() }

// ErrorCode returns the code that is sent for the error.
func (e *APIError) ErrorCode() string {
	switch {
	case e.ErrorCodeOverride != nil:
		return *e.ErrorCodeOverride
	case e.shape.Code != "":
		return e.shape.Code
	default:
		return e.shape.Name
	}
}

// ErrorMessage returns what the service says.
func (e *APIError) ErrorMessage() string {
	for name, v := range e.members {
		if text, ok := v.(string); ok && strings.EqualFold(name, "message") {
			return text
		}
	}
	return ""
}

// ErrorFault says whose fault it is, as the model has it.
func (e *APIError) ErrorFault() smithy.ErrorFault {
	if e.shape.Flags&model.Fault != 0 {
		return smithy.FaultServer
	}
	return smithy.FaultClient
}

// ModelName returns the error's name in the model.
func (e *APIError) ModelName() string { return e.shape.Name }

// ModelDetails returns the members beside the message; nil for none.
func (e *APIError) ModelDetails() map[string]any {
	var out map[string]any
	for name, v := range e.members {
		if v == nil || strings.EqualFold(name, "message") {
			continue
		}
		if out == nil {
			out = map[string]any{}
		}
		out[name] = v
	}
	return out
}

// IsRetryable reports whether the model says that another attempt may help.
func (e *APIError) IsRetryable() bool { return e.shape.Flags&model.Retryable != 0 }

// errorTypes returns the errors of an operation by name and by code. One of
// another operation is found, too: services send them.
func (p *Service) errorTypes(*model.Operation) *smithy.TypeRegistry {
	if p.errors != nil {
		return p.errors
	}
	p.errors = &smithy.TypeRegistry{Entries: map[string]*smithy.TypeRegistryEntry{}}
	for i := range p.model.Shapes {
		from := &p.model.Shapes[i]
		if from.Flags&model.Exception == 0 || from.Name == "" {
			continue
		}
		s := p.shape(i)
		entry := &smithy.TypeRegistryEntry{Schema: s.schema, New: func() any { return &APIError{shape: s} }}
		p.errors.Entries[from.Name] = entry
		if from.Code != "" && p.errors.Entries[from.Code] == nil {
			p.errors.Entries[from.Code] = entry
		}
	}
	return p.errors
}
