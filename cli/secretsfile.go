package cli

import (
	"context"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/schema"
)

// secretsFile reads --secrets-file: a map from the names of secrets to their
// values. Names that the flow does not declare are left alone, so that one
// file serves several flows.
func (a *app) secretsFile(flow *flows.Flow, path string) ([]flows.RunOption, error) {
	if path == "" {
		return nil, nil
	}
	src, err := readFile(path)
	if err != nil {
		return nil, wrong("", "--secrets-file: %w", err)
	}
	var fields []*schema.Field
	for _, name := range flow.Secrets() {
		fields = append(fields, &schema.Field{Name: name, Type: schema.String, Secret: true})
	}
	values, err := decodeInputs(src, schema.MustNew(fields...).Open())
	if err != nil {
		return nil, wrong("write name: value, a line each", "--secrets-file %s: %w", path, err)
	}
	provider := func(_ context.Context, name string) (string, bool, error) {
		text, ok := values[name].(string)
		return text, ok, nil
	}
	return []flows.RunOption{flows.WithSecrets(provider)}, nil
}
