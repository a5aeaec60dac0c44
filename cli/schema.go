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
		Use:   "schema",
		Short: "The JSON Schema of flow files, for editors",
		Long: `Print the JSON Schema (draft-07) of flow files. With it an editor completes
verbs, operations, their parameters and the values of these, shows what each is
for, and marks mistakes. It knows the operations of this program; print it again
after an update.

A flow names its schema in a comment at the top:

  # yaml-language-server: $schema=./medlar.schema.json`,
		Example: a.examples("NAME schema > medlar.schema.json"),
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.schema() },
	}
}

func (a *app) schema() error {
	reg, err := a.registry()
	if err != nil {
		return err
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
