package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
)

// openapiFlags are the flags of `openapi`.
type openapiFlags struct {
	title, root string
	strict      bool
}

func (a *app) openapiCommand() *cobra.Command {
	f := &openapiFlags{}
	c := &cobra.Command{
		Use:   "openapi [PATH...]",
		Short: "The OpenAPI document of flows that are served",
		Long: `Print the OpenAPI 3.1 document of the routes of flows, which serve gives as
/-/openapi.json: what they take, what they answer, and how callers are known. A
PATH is a flow, a pattern or a folder, as for check; the default is the folder
that the command runs in. Nothing runs, and no secret is needed.`,
		Example: a.examples(
			"NAME openapi flows > openapi.json",
			"NAME openapi flows --title Orders | npx @redocly/cli lint /dev/stdin",
		),
		RunE:              func(c *cobra.Command, args []string) error { return a.openapi(c.Context(), args, f) },
		ValidArgsFunction: completeFlows,
	}
	flags := c.Flags()
	flags.SortFlags = false
	registerTitle(c, &f.title)
	flags.BoolVar(&f.strict, "strict", false, "take warnings for errors")
	flags.StringVar(&f.root, "root", "", "`folder` that flows may read files from (default the folder of each)")
	return c
}

func registerTitle(c *cobra.Command, title *string) {
	c.Flags().StringVar(title, "title", "Flows", "`name` of the API in its OpenAPI document")
}

func (a *app) openapi(ctx context.Context, patterns []string, f *openapiFlags) error {
	reg, err := a.registry()
	if err != nil {
		return err
	}
	found, err := a.served(ctx, patterns, f.root, func(file *flowFile) (*flows.Flow, error) { return a.checked(ctx, file, reg, f.strict) })
	if err != nil {
		return err
	}
	defer found.close()
	text, err := serve.OpenAPI(f.title, found.list)
	if err != nil {
		return failedBecause("%w", err)
	}
	if _, err := a.Stdout.Write(text); err != nil {
		return failedBecause("printing the document: %w", err)
	}
	return nil
}
