package interp

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// ParseInput turns text, as a command line gives it, into the value of an
// input: a string takes the text as it is, a list, map or object is read as
// JSON. It fails with an *InputError.
func (p *Program) ParseInput(name, text string) (any, error) {
	field := p.Inputs.Field(name)
	if field == nil {
		return nil, &report.InputError{Flow: p.Name, Errors: schema.Errors{p.unknownInput(name)}}
	}
	v, message := parseText(field, text)
	if message != "" {
		return nil, &report.InputError{Flow: p.Name, Errors: schema.Errors{{Path: name, Rule: schema.RuleType, Message: message}}}
	}
	return v, nil
}

// ParseSignal does that for a value of a signal. It fails with a *SignalError.
func (p *Program) ParseSignal(signal, name, text string) (any, error) {
	id := runtime.SignalID{Name: signal}
	s := p.signal(signal)
	if s == nil {
		return nil, p.unknownSignal(id)
	}
	field := s.Accepts.Field(name)
	if field == nil {
		return nil, p.invalidSignal(id, s, schema.Errors{{Path: name, Rule: schema.RuleUnknown}})
	}
	v, message := parseText(field, text)
	if message != "" {
		return nil, p.invalidSignal(id, s, schema.Errors{{Path: name, Rule: schema.RuleType, Message: message}})
	}
	return v, nil
}

// parseText turns text into a value for a field, or says why it is none.
func parseText(field *schema.Field, text string) (v any, message string) {
	switch field.Type {
	case schema.List, schema.Map, schema.Object:
		parsed, err := value.DecodeJSON([]byte(text))
		if err != nil && field.HasSecret() {
			err = errors.New("the text is not JSON") // the decoder's words may quote it
		}
		if err != nil {
			return nil, fmt.Sprintf("expected %s as JSON: %v", fields.Article(field), err)
		}
		return parsed, ""
	case schema.Any:
		parsed, err := value.DecodeJSON([]byte(text))
		switch {
		case err == nil:
			return parsed, ""
		case isTooLarge(text):
			return nil, "the number is beyond what one can hold: put it in quotes if it is text"
		}
	default:
	}
	return text, ""
}

// isTooLarge is true of a number that is none of 64 bits, such as 1e400.
func isTooLarge(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return errors.Is(err, strconv.ErrRange)
}
