package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
)

// printServices lists the connectors that are made when a flow names them.
func printServices(w io.Writer, reg *connector.Registry) error {
	source := reg.Source()
	if source == nil {
		return nil
	}
	offers := source.Offers()
	total := 0
	for _, o := range offers {
		total += len(o.Operations)
	}
	fmt.Fprintf(w, "\nAnd %d operations of %d services of %s; ops SERVICE lists those of one:\n\n", total, len(offers), source.Prefix())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, o := range offers {
		fmt.Fprintf(table, "%s\t%d\t%s\n", o.Name, len(o.Operations), o.Summary)
	}
	return table.Flush() //nolint:wrapcheck // the caller does
}

// offeredJSON is an operation of which no more than its name is printed.
type offeredJSON struct {
	Name   string `json:"name"`
	Effect string `json:"effect"`
}

// allOps prints the names of all operations, without making the services.
func (a *app) allOps(reg *connector.Registry, name string, asJSON bool) error {
	if !asJSON || name != "" {
		return wrong("write ops --json --all", "--all is for a list in JSON, without a name")
	}
	list := []offeredJSON{}
	for _, op := range reg.Operations() {
		list = append(list, offeredJSON{op.Name, op.Effect.String()})
	}
	if source := reg.Source(); source != nil {
		for _, o := range source.Offers() {
			if slices.ContainsFunc(reg.Connectors(), func(c *connector.Connector) bool { return c.Name == o.Name }) {
				continue
			}
			for _, op := range o.Operations {
				list = append(list, offeredJSON{o.Name + "." + op.Name, op.Effect.String()})
			}
		}
	}
	encoder := json.NewEncoder(a.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(list); err != nil {
		return failedBecause("printing operations: %w", err)
	}
	return nil
}

// offeredOps returns the operations of a source's connector whose names begin so;
// nil where name names none of its connectors.
func offeredOps(reg *connector.Registry, name string) []*connector.Operation {
	service, short, _ := strings.Cut(name, ".")
	c, ok := reg.Connector(service)
	if !ok || slices.Contains(reg.Connectors(), c) {
		return nil
	}
	var found []*connector.Operation
	for _, op := range c.Operations {
		if hasPrefixFold(op.Name, c.Name+"."+short) {
			found = append(found, op)
		}
	}
	slices.SortFunc(found, func(a, b *connector.Operation) int { return strings.Compare(a.Name, b.Name) })
	return found
}

// suggestOffered returns the nearest name among those of a source; empty where
// none is near.
func suggestOffered(reg *connector.Registry, name string) string {
	source := reg.Source()
	if source == nil {
		return ""
	}
	service, short, dotted := strings.Cut(name, ".")
	if !dotted {
		return diag.DidYouMean(name, source.Names())
	}
	c, ok := reg.Connector(service)
	if !ok {
		return diag.DidYouMean(service, source.Names())
	}
	var names []string
	for _, op := range c.Operations {
		names = append(names, op.Name)
	}
	return diag.DidYouMean(c.Name+"."+short, names)
}

// offeredWords completes the names of a source's connectors, and behind a dot
// their operations.
func offeredWords(reg *connector.Registry, prefix string) []string {
	source := reg.Source()
	if source == nil {
		return nil
	}
	service, _, dotted := strings.Cut(prefix, ".")
	var words []string
	for _, o := range source.Offers() {
		switch {
		case dotted && o.Name == service:
			for _, op := range o.Operations {
				if name := o.Name + "." + op.Name; hasPrefixFold(name, prefix) {
					words = append(words, name)
				}
			}
		case !dotted && hasPrefixFold(o.Name, prefix):
			words = append(words, o.Name+"\t"+o.Summary)
		}
	}
	return words
}
