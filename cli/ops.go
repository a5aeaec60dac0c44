package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
)

func (a *app) opsCommand() *cobra.Command {
	var asJSON, all bool
	c := &cobra.Command{
		Use:   "ops [NAME]",
		Short: "The operations that a step can call",
		Long: `List the operations that a step can call, or show one: its parameters with
their other spellings and limits, its result, its errors, the permission that it
needs and a step to copy. NAME is an operation, a connector, or the beginning of
a name. Without a name the services that this program can make besides are
listed by name; ops SERVICE lists the operations of one.`,
		Example: a.examples(
			"NAME ops                    all of them",
			"NAME ops lambda             those of a connector",
			"NAME ops lambda.invoke      everything about one",
		),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return wrong(usage(c), "one name at a time, found %q besides", args[1])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return a.ops(strings.Join(args, ""), asJSON, all)
		},
		ValidArgsFunction: a.completeOps,
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	c.Flags().BoolVar(&all, "all", false, "with --json: the names of all operations, also of services not made yet")
	return c
}

func (a *app) ops(name string, asJSON, all bool) error {
	reg, err := a.registry()
	if err != nil {
		return err
	}
	if all {
		return a.allOps(reg, name, asJSON)
	}
	found, exact := findOps(reg, name)
	switch {
	case len(found) == 0 && name != "" && !isPrefix(reg, name):
		return unknownOperation(reg, name)
	case asJSON:
		err = printOpsJSON(a.Stdout, reg, found)
	case exact:
		err = printOp(a.Stdout, found[0], reg.Owner(found[0]))
	case isPrefix(reg, name):
		err = printServices(a.Stdout, reg, "")
	default:
		err = printOps(a.Stdout, found)
		if err == nil && name == "" {
			err = printServices(a.Stdout, reg, "\nAnd ")
		}
	}
	if err != nil {
		return failedBecause("printing operations: %w", err)
	}
	return nil
}

// findOps returns the operations that a name stands for; exact is true where it
// is the name of one.
func findOps(reg *connector.Registry, name string) (found []*connector.Operation, exact bool) {
	if op, ok := reg.Operation(name); ok {
		return []*connector.Operation{op}, true
	}
	owner, isConnector := reg.Connector(strings.TrimSuffix(name, "."))
	if offered := offeredOps(reg, name); offered != nil {
		return offered, false
	}
	for _, op := range reg.Operations() {
		if isConnector && reg.Owner(op) == owner || !isConnector && hasPrefixFold(op.Name, name) {
			found = append(found, op)
		}
	}
	return found, false
}

// isPrefix reports whether a name is what may stand before the services that
// this program can make: aws.
func isPrefix(reg *connector.Registry, name string) bool {
	return reg.Source() != nil && strings.TrimSuffix(name, ".") == reg.Source().Prefix()
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// unknownOperation suggests the nearest name, with and without its connector.
func unknownOperation(reg *connector.Registry, name string) error {
	var full, connectors []string
	for _, op := range reg.Operations() {
		full = append(full, op.Name)
		_, short, _ := strings.Cut(op.Name, ".")
		if slices.ContainsFunc(append([]string{short}, op.Aliases...), func(s string) bool { return strings.EqualFold(s, name) }) {
			return wrong(fmt.Sprintf("did you mean %q?", op.Name), "there is no operation %q", name)
		}
	}
	for _, c := range reg.Connectors() {
		connectors = append(connectors, c.Name)
	}
	if help := suggestOffered(reg, name); help != "" {
		return wrong(help, "there is no operation %q", name)
	}
	help := cmp.Or(diag.DidYouMean(name, full), diag.Suggest(name, connectors, "the connectors are"))
	return wrong(help, "there is no operation %q", name)
}

// printOps writes a table: name, effect, summary.
func printOps(w io.Writer, ops []*connector.Operation) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, op := range ops {
		fmt.Fprintf(table, "%s\t%s\t%s\n", op.Name, op.Effect, op.Summary)
	}
	return table.Flush()
}

func printOpsJSON(w io.Writer, reg *connector.Registry, ops []*connector.Operation) error {
	list := make([]opJSON, len(ops))
	for i, op := range ops {
		list[i] = newOpJSON(reg, op)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(list)
}

func (a *app) completeOps(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	reg, err := a.registry()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []string
	for _, op := range reg.Operations() {
		if hasPrefixFold(op.Name, prefix) {
			words = append(words, op.Name+"\t"+op.Summary)
		}
	}
	return append(words, offeredWords(reg, prefix)...), cobra.ShellCompDirectiveNoFileComp
}
