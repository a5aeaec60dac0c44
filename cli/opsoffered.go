package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
)

// printServices lists the connectors that are made when a flow names them, behind
// a text.
func printServices(w io.Writer, reg *connector.Registry, before string) error {
	source := reg.Source()
	if source == nil {
		return nil
	}
	offers := source.Offers()
	total := 0
	for _, o := range offers {
		total += len(o.Operations)
	}
	fmt.Fprintf(w, "%s%d operations of %d services of %s; ops SERVICE lists those of one:\n\n", before, total, len(offers), source.Prefix())
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
	c, short, prefixed := ofSource(reg, name)
	if !prefixed {
		service, behind, _ := strings.Cut(name, ".")
		own, ok := reg.Connector(service)
		if !ok || slices.Contains(reg.Connectors(), own) {
			return nil
		}
		c, short = own, behind
	}
	if c == nil {
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

// ofSource returns the connector that a name with the source's prefix means,
// aws.s3, nil where there is none, and what stands behind its name. ok is false
// where the name has no such prefix.
func ofSource(reg *connector.Registry, name string) (c *connector.Connector, short string, ok bool) {
	source := reg.Source()
	if source == nil {
		return nil, "", false
	}
	rest, ok := strings.CutPrefix(name, source.Prefix()+".")
	if !ok {
		return nil, "", false
	}
	service, short, _ := strings.Cut(rest, ".")
	return source.Connector(service), short, true
}

// suggestOffered returns the nearest name among those of a source; empty where
// none is near.
func suggestOffered(reg *connector.Registry, name string) string {
	source := reg.Source()
	if source == nil {
		return ""
	}
	name = strings.TrimPrefix(name, source.Prefix()+".")
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
	return cmp.Or(diag.DidYouMean(c.Name+"."+short, names), "ops "+c.Name+" lists the operations of "+c.Name)
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
