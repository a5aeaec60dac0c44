package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"

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
		return nil, wrong("write name: value, a line each, and a value with special characters in quotes", "--secrets-file %s: %w", path, quiet(err))
	}
	provider := func(_ context.Context, name string) (string, bool, error) {
		text, ok := values[name].(string)
		return text, ok, nil
	}
	return []flows.RunOption{flows.WithSecrets(provider)}, nil
}

// aLine finds the number of a line in what a reader of YAML or JSON says.
var aLine = regexp.MustCompile(`\bline ([0-9]+)`)

// quiet gives the error of reading a file of secrets: where it is wrong. What
// is said of it may quote the file.
func quiet(err error) error {
	if m := aLine.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("line %s is no name: value in YAML (what stands there is not shown)", m[1])
	}
	return errors.New("it is no YAML of the form name: value (what stands there is not shown)")
}
