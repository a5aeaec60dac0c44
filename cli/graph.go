package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/internal/graph"
)

func (a *app) graphCommand() *cobra.Command {
	var mermaid, svg bool
	var root string
	c := &cobra.Command{
		Use:   "graph FLOW",
		Short: "Draw the steps of a flow",
		Long: `Draw the steps of a flow, on standard output: as a flowchart of Mermaid, which
many pages of documentation show, or as an SVG image. The flow is checked, and
nothing runs. The same flow gives the same text.`,
		Example: a.examples(
			"NAME graph release.yaml",
			"NAME graph release.yaml --svg > release.svg",
		),
		Args: oneArg("flow"),
		RunE: func(c *cobra.Command, args []string) error {
			if mermaid && svg {
				return wrong("leave one out", "--mermaid and --svg exclude each other")
			}
			reg, err := a.registry()
			if err != nil {
				return err
			}
			file, err := a.openFlow(c.Context(), args[0], root)
			if err != nil {
				return err
			}
			defer file.close() //nolint:errcheck // it was only read
			flow, err := a.checked(c.Context(), file, reg, false)
			if err != nil {
				return err
			}
			g := graph.Of(flow.Name(), flow.Outline())
			text := g.Mermaid()
			if svg {
				text = g.SVG(graph.Options{Alone: true})
			}
			if _, err := fmt.Fprint(a.Stdout, text); err != nil {
				return failedBecause("printing the graph: %w", err)
			}
			return nil
		},
		ValidArgsFunction: completeFlows,
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.BoolVar(&mermaid, "mermaid", false, "as a flowchart of Mermaid; so it is unless said otherwise")
	flags.BoolVar(&svg, "svg", false, "as an SVG image")
	flags.StringVar(&root, "root", "", "`folder` that the flow may read files from (default the folder of it)")
	return c
}
