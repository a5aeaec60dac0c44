package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/docs"
)

func (a *app) docsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "docs [PAGE]",
		Short: "The documentation of this version",
		Long: `List the pages of the documentation, or print one, as Markdown: the language,
the tutorial, recipes and the rest, of the very version of this command.`,
		Example: a.examples(
			"NAME docs                  all pages",
			"NAME docs language         what a flow can say",
			"NAME docs cookbook         jobs as flows",
			"NAME docs cookbook/saga    one of them",
		),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return wrong(usage(c), "one page at a time, found %q besides", args[1])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return a.docs(strings.Join(args, ""))
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, page := range docs.Pages() {
				if len(args) == 0 && strings.HasPrefix(page.Name, prefix) {
					names = append(names, page.Name)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func (a *app) docs(name string) error {
	text, ok := docs.Read(name)
	switch {
	case name == "":
		text = listOfPages()
	case !ok:
		return wrong(cmp.Or(suggestPage(name), a.Name+" docs lists them"), "there is no page %q", name)
	}
	if _, err := io.WriteString(a.Stdout, text); err != nil {
		return failedBecause("printing a page: %w", err)
	}
	return nil
}

func listOfPages() string {
	var out strings.Builder
	for _, page := range docs.Pages() {
		fmt.Fprintf(&out, "%-34s %s\n", page.Name, page.Title)
	}
	return out.String()
}

func suggestPage(name string) string {
	var names []string
	for _, page := range docs.Pages() {
		names = append(names, page.Name)
	}
	return diag.DidYouMean(name, names)
}
