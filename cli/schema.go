package cli

import (
	"bytes"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/value"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [FOLDER]",
		Short: "The JSON Schema of flow files, for editors",
		Long: `Print the JSON Schema (draft-07) of flow files. With it an editor completes
verbs, operations, their parameters and the values of these, shows what each is
for, and marks mistakes. It knows the operations of this program, and of the
services that are made when a flow names them those that the flows below FOLDER
use, by default the current one; print it again after an update, or when a flow
uses another service.

A flow names its schema in a comment at the top:

  # yaml-language-server: $schema=./medlar.schema.json`,
		Example: a.examples("NAME schema > medlar.schema.json"),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return wrong(usage(c), "one folder at a time, found %q besides", args[1])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.schema(append(args, ".")[0]) },
	}
}

func (a *app) schema(folder string) error {
	reg, err := a.registry()
	if err != nil {
		return err
	}
	if reg.Source() != nil {
		if err := openServices(reg, folder); err != nil {
			return wrong("", "looking for flows in %s: %w", folder, err)
		}
	}
	text, err := value.EncodeJSON(flows.JSONSchema(reg))
	if err != nil {
		return failedBecause("writing the schema: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", " "); err != nil {
		return failedBecause("writing the schema: %w", err)
	}
	out.WriteByte('\n')
	if _, err := a.Stdout.Write(out.Bytes()); err != nil {
		return failedBecause("printing the schema: %w", err)
	}
	return nil
}
