package cli

import (
	"fmt"
	"io"
	"path"
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
the tutorial, recipes and the rest, of the very version of this command. A word
that no page is named for gives the pages that speak of it.`,
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
		return wrong(a.suggestPage(name), "there is no page %q", name)
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

// suggestPage returns what helps who asked for a page that is not there: one with
// nearly that name, or pages that speak of what was asked for.
func (a *app) suggestPage(name string) string {
	var names, last []string
	whole := map[string]string{}
	for _, page := range docs.Pages() {
		short := strings.TrimSuffix(path.Base(page.Name), ".yaml")
		names, last, whole[short] = append(names, page.Name), append(last, short), page.Name
	}
	if help := diag.DidYouMean(name, names); help != "" {
		return help
	}
	if near, ok := diag.Nearest(strings.TrimSuffix(path.Base(name), ".yaml"), last); ok {
		return fmt.Sprintf("did you mean %q?", whole[near])
	}
	all := a.Name + " docs lists all pages"
	const most = 4
	if found := docs.Mentioning(name); len(found) > 0 {
		return fmt.Sprintf("pages that speak of it: %s; %s", strings.Join(found[:min(len(found), most)], ", "), all)
	}
	return all
}
