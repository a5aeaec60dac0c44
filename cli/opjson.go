package cli

import (
	"encoding/json"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

// opJSON is an operation as `ops --json` gives it.
type opJSON struct {
	Name        string      `json:"name"`
	Connector   string      `json:"connector"`
	Aliases     []string    `json:"aliases"`
	Summary     string      `json:"summary"`
	Description string      `json:"description"`
	URL         string      `json:"url,omitempty"`
	Parameters  []fieldJSON `json:"parameters"`
	Result      fieldJSON   `json:"result"`
	Effect      string      `json:"effect"`
	Mutating    bool        `json:"mutating"`
	IAMAction   string      `json:"iamAction"`
	Errors      []errorJSON `json:"errors,omitempty"`
}

// fieldJSON is a parameter, a member of a result, or an element.
type fieldJSON struct {
	Name        string          `json:"name,omitempty"`
	Aliases     []string        `json:"aliases"`
	Type        string          `json:"type"`
	Required    bool            `json:"required"`
	Nullable    bool            `json:"nullable,omitempty"`
	Secret      bool            `json:"secret"`
	Enum        []any           `json:"enum"`
	OpenEnum    bool            `json:"openEnum,omitempty"`
	Default     json.RawMessage `json:"default"`
	Pattern     string          `json:"pattern,omitempty"`
	Minimum     *float64        `json:"minimum,omitempty"`
	Maximum     *float64        `json:"maximum,omitempty"`
	MinLength   *int            `json:"minLength,omitempty"`
	MaxLength   *int            `json:"maxLength,omitempty"`
	Description string          `json:"description"`
	StandsFor   string          `json:"standsFor,omitempty"` // path of the parameter that it is another spelling of
	Ignored     bool            `json:"ignored,omitempty"`
	Example     string          `json:"example,omitempty"`
	Members     []fieldJSON     `json:"members,omitempty"`
	Elem        *fieldJSON      `json:"element,omitempty"`
}

type errorJSON struct {
	Code    string          `json:"code"`
	Class   connector.Class `json:"class"`
	Aliases []string        `json:"aliases,omitempty"`
}

func newOpJSON(reg *connector.Registry, op *connector.Operation) opJSON {
	out := opJSON{
		Name: op.Name, Aliases: op.Aliases, Summary: op.Summary, Description: op.Description, URL: op.URL,
		Parameters: fieldsJSON(op.Params(), maxNesting), Result: newFieldJSON(op.Result(), maxNesting),
		Effect: op.Effect.String(), Mutating: op.Effect != connector.EffectReadOnly,
	}
	out.IAMAction, _ = awsapi.IAMAction(op)
	if owner := reg.Owner(op); owner != nil {
		out.Connector = owner.Name
	}
	if out.Aliases == nil {
		out.Aliases = []string{}
	}
	for _, e := range op.Errors {
		out.Errors = append(out.Errors, errorJSON{Code: e.Code, Class: e.Class, Aliases: e.Aliases})
	}
	return out
}

// maxNesting ends schemas that contain themselves.
const maxNesting = 6

func fieldsJSON(s *schema.Schema, depth int) []fieldJSON {
	list := []fieldJSON{}
	if depth == 0 {
		return nil
	}
	for _, f := range s.Fields() {
		list = append(list, newFieldJSON(f, depth))
	}
	return list
}

func newFieldJSON(f *schema.Field, depth int) fieldJSON {
	out := fieldJSON{
		Name: f.Name, Aliases: f.Aliases, Type: f.TypeName(), Required: f.Required, Nullable: f.Nullable, Secret: f.Secret,
		Enum: f.Enum, OpenEnum: f.OpenEnum, Pattern: f.Pattern, Minimum: f.Minimum, Maximum: f.Maximum,
		MinLength: f.MinLength, MaxLength: f.MaxLength, Description: f.Description, Example: f.Example,
	}
	out.StandsFor, out.Ignored = strings.Join(f.Into, "."), f.Drop
	if out.Aliases == nil {
		out.Aliases = []string{}
	}
	if f.Default != nil && !f.Secret {
		out.Default = rawJSON(f.Default)
	}
	if f.Members != nil {
		out.Members = fieldsJSON(f.Members, depth-1)
	}
	if f.Elem != nil && depth > 0 {
		elem := newFieldJSON(f.Elem, depth-1)
		out.Elem = &elem
	}
	return out
}
