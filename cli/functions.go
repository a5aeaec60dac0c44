package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/internal/bind"
)

func (a *app) functionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "functions [NAME]",
		Short: "The functions that an expression can call",
		Long: `List the functions that an expression can call, or show one: what it takes and
gives, what stops it, and an example. NAME is a function, or the beginning of a
name.`,
		Example: a.examples(
			"NAME functions             all of them",
			"NAME functions regex       those whose names begin so",
			"NAME functions sortBy      everything about one",
		),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return wrong(usage(c), "one name at a time, found %q besides", args[1])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return a.functions(strings.Join(args, ""))
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, group := range bind.Reference() {
				for _, f := range group.Functions {
					if len(args) == 0 && hasPrefixFold(f.Name, prefix) {
						names = append(names, f.Name)
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func (a *app) functions(name string) error {
	var out strings.Builder
	if f, ok := bind.Describe(name); ok {
		describeFunction(&out, f)
	} else if !listFunctions(&out, name) {
		return wrong(bind.SuggestFunction(name), "there is no function %q", name)
	}
	if _, err := io.WriteString(a.Stdout, out.String()); err != nil {
		return failedBecause("printing functions: %w", err)
	}
	return nil
}

// listFunctions writes those whose names begin so, by their groups, and
// reports whether there are any.
func listFunctions(out *strings.Builder, prefix string) bool {
	for _, group := range bind.Reference() {
		titled := false
		for _, f := range group.Functions {
			if !hasPrefixFold(f.Name, prefix) {
				continue
			}
			if !titled {
				if out.Len() > 0 {
					out.WriteByte('\n')
				}
				fmt.Fprintf(out, "%s\n", group.Title)
			}
			titled = true
			fmt.Fprintf(out, "  %s\n", f.Usage())
		}
	}
	return out.Len() > 0
}

func describeFunction(out *strings.Builder, f bind.Function) {
	fmt.Fprintf(out, "%s\n\n%s\nexample: %s\n  gives: %s\n", f.Usage(), folded(f.Doc), f.Example, f.Result)
	if len(f.Errors) == 0 {
		return
	}
	out.WriteString("\nerrors:\n")
	for _, e := range f.Errors {
		fmt.Fprintf(out, "  %s\n      %s\n", e.Expr, e.Message)
	}
}

// folded breaks a text into lines of a terminal's width.
func folded(text string) string {
	const width = 80
	var out strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+n > width:
			out.WriteByte('\n')
			column = 0
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += n
	}
	return out.String() + "\n"
}
