package interp

import (
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// Label is one of the names and values by which a run is found.
type Label struct {
	Name  string
	Value Value // made of inputs alone
}

// labelVars are what labels are made of: there is no clock, and no step has run.
type labelVars struct {
	inputs   map[string]any
	payloads bool
}

// Load gives the inputs: the check lets nothing else through.
func (v labelVars) Load(int, bool) any { return v.inputs }

// Payloads says whether expressions have to look for payloads.
func (v labelVars) Payloads() bool { return v.payloads }

// labelsOf returns the labels of a run; one that is null or empty is left out.
// The error is an *InputError.
func (x *execution) labelsOf() (map[string]string, error) {
	if len(x.program.Labels) == 0 {
		return nil, nil
	}
	labels := map[string]string{}
	var problems schema.Errors
	for _, label := range x.program.Labels {
		text, err := label.text(labelVars{x.inputs, x.payloads})
		if err != nil {
			problems = append(problems, schema.FieldError{Path: "labels." + label.Name, Rule: schema.RuleType, Message: err.Error()})
		}
		if text != "" {
			labels[label.Name] = text
		}
	}
	if len(problems) > 0 {
		return nil, &report.InputError{Flow: x.program.Name, Errors: problems}
	}
	return labels, nil
}

func (l *Label) text(vars labelVars) (string, error) {
	var v any
	switch x := l.Value.(type) {
	case Constant:
		v = x.V
	case *Binding:
		made, err := x.Program.Eval(vars)
		if err != nil {
			return "", evalError(x.At, err)
		}
		v = value.Plain(made)
	}
	converted, err := fields.LabelField.Convert(v)
	text, _ := converted.(string)
	return text, err //nolint:wrapcheck // the caller says of what
}
