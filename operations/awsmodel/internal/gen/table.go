package main

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/botocore"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/reviewed"
	"github.com/medlar-flow/medlar/schema"
)

// table is the frozen table of names. A row never changes, so that no flow that
// uses a name comes to mean another service; new services get rows of names
// that nobody has.
type table struct {
	rows  []row // sorted by folder
	taken map[string]string
}

type row struct {
	folder, name string
	aliases      []string
}

// reserved are names of connectors that are no service of AWS.
var reserved = []string{"aws", "http", "log", "core", "flow", "flows", "amazonlambda", "amazonsts"}

func parseTable(text []byte) (*table, error) {
	t := &table{taken: map[string]string{}}
	for _, name := range reserved {
		t.taken[name] = "the runner"
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") || lines.Text() == "" {
			continue
		}
		parts := strings.Split(lines.Text(), "\t")
		if len(parts) != 3 {
			return nil, fmt.Errorf("table of names: %q has not three columns", lines.Text())
		}
		r := row{folder: parts[0], name: parts[1], aliases: strings.Fields(parts[2])}
		for _, name := range append([]string{r.name}, r.aliases...) {
			if other := t.taken[name]; other != "" {
				return nil, fmt.Errorf("table of names: %s is the name of %s and of %s", name, other, r.folder)
			}
			t.taken[name] = r.folder
		}
		t.rows = append(t.rows, r)
	}
	return t, lines.Err()
}

// row returns the names of a folder's service, new ones where it has none.
func (t *table) row(folder, id string) (row, error) {
	for _, r := range t.rows {
		if r.folder == folder {
			return r, nil
		}
	}
	r := row{folder: folder, name: botocore.LowerCamel(folder)}
	if other := t.taken[r.name]; other != "" || !schema.IsIdentifier(r.name) {
		return r, fmt.Errorf("the service %s has no name of its own: %s is that of %s; add a row by hand", folder, r.name, other)
	}
	t.taken[r.name] = folder
	for _, alias := range reviewed.Aliases(r.name, folder, id) {
		if t.taken[alias] == "" && schema.IsIdentifier(alias) {
			t.taken[alias] = folder
			r.aliases = append(r.aliases, alias)
		}
	}
	t.rows = append(t.rows, r)
	return r, nil
}

func (t *table) text() []byte {
	slices.SortFunc(t.rows, func(a, b row) int { return strings.Compare(a.folder, b.folder) })
	var b bytes.Buffer
	b.WriteString("# Names of AWS's services: botocore's folder, the name in flows, other names.\n" +
		"# Rows are added by the generator and never change.\n")
	for _, r := range t.rows {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", r.folder, r.name, strings.Join(r.aliases, " "))
	}
	return b.Bytes()
}
