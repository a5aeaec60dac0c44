package cli

import (
	"context"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/yamlfile"
	"github.com/medlar-flow/medlar/schema"
)

// secretsFile reads --secrets-file: a map from the names of secrets to their
// values. Names that the flow does not declare are left alone, so that one
// file serves several flows.
func (a *app) secretsFile(ctx context.Context, flow *flows.Flow, path string) ([]flows.RunOption, error) {
	if path == "" {
		return nil, nil
	}
	file, err := a.openSecrets(ctx, path)
	if err != nil {
		return nil, err
	}
	names := flow.Secrets()
	values, err := a.secretValues(file.Private(names...), names)
	if err != nil {
		return nil, err
	}
	return []flows.RunOption{flows.WithSecrets(given(values))}, nil
}

// openSecrets reads the text of a secrets file.
func (a *app) openSecrets(ctx context.Context, path string) (*yamlfile.File, error) {
	src, err := a.readFile(ctx, "--secrets-file", path)
	if err != nil {
		return nil, err
	}
	return yamlfile.NewFile(path, src).Private(), nil
}

// secretValues reads a secrets file, in which the names stand for texts; a number
// or a boolean is the text that it is written as, and null is none.
func (a *app) secretValues(file *yamlfile.File, names []string) (map[string]string, error) {
	fields := make([]*schema.Field, len(names))
	for i, name := range names {
		fields[i] = &schema.Field{Name: name, Type: schema.String, Secret: true}
	}
	found, wrongs := decodeMap(file, schema.MustNew(fields...).Open(), "secrets")
	if len(wrongs) > 0 {
		return nil, a.mistakes(wrongs, file.Excerpts)
	}
	values := make(map[string]string, len(names))
	root, _, _ := file.Parse()
	for _, name := range names {
		switch v := found[name].(type) {
		case nil:
		case string:
			values[name] = v
		case []any, map[string]any:
			wrongs = append(wrongs, noText(file, root.Get(name), name))
		default:
			values[name] = root.Get(name).Text
		}
	}
	if len(wrongs) > 0 {
		return nil, a.mistakes(wrongs, file.Excerpts)
	}
	return values, nil
}

// noText says that a secret is a list or a map.
func noText(file *yamlfile.File, at *yamlfile.Node, name string) diag.Diagnostic {
	kind := "map"
	if at.Kind == yamlfile.List {
		kind = "list"
	}
	d := mistake(file, at, "wrong-type", "secret "+name+" must be text, found a "+kind)
	d.Help = "write " + name + ": text; one that is JSON is put in quotes"
	return d
}

// given returns what gives the secrets of a file.
func given(values map[string]string) flows.SecretProvider {
	return func(_ context.Context, name string) (string, bool, error) {
		text, ok := values[name]
		return text, ok, nil
	}
}

// allSecrets reads a secrets file for flows that are not known yet.
func (a *app) allSecrets(ctx context.Context, path string) (flows.SecretProvider, error) {
	if path == "" {
		return nil, nil
	}
	file, err := a.openSecrets(ctx, path)
	if err != nil {
		return nil, err
	}
	var names []string
	if root, _, wrongs := file.Parse(); len(wrongs) == 0 && root != nil {
		for _, key := range root.Keys() {
			names = append(names, key.Text)
		}
	}
	values, err := a.secretValues(file, names)
	if err != nil {
		return nil, err
	}
	return given(values), nil
}
