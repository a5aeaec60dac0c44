package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/schema"
)

// complete offers words for a flag.
func complete(c *cobra.Command, flag string, words ...string) {
	// It fails only for a flag that is not there, and the words are a courtesy.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// completeFlows offers YAML files.
func completeFlows(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeInputs offers name=value for -i, of the flow that stands before it.
func (a *app) completeInputs(c *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	const nothing = cobra.ShellCompDirectiveNoFileComp
	if len(args) == 0 || args[0] == "-" {
		return nil, nothing
	}
	root, _ := c.Flags().GetString("root")
	flow := a.completedFlow(args[0], root)
	if flow == nil {
		return nil, nothing
	}
	name, _, given := strings.Cut(prefix, "=")
	if given {
		return valuesOf(flow.Inputs().Field(name), name), nothing
	}
	var words []string
	for _, f := range flow.Inputs().Fields() {
		if strings.HasPrefix(f.Name, prefix) {
			words = append(words, cobra.CompletionWithDesc(f.Name+"=", oneLine(f.Description)))
		}
	}
	return words, nothing | cobra.ShellCompDirectiveNoSpace
}

// completedFlow loads a flow; nil for one that has mistakes, which nobody asked
// about.
func (a *app) completedFlow(path, root string) *flows.Flow {
	reg, err := a.registry()
	if err != nil || isStream(path) {
		return nil
	}
	file, err := openFlow(path, root)
	if err != nil {
		return nil
	}
	defer file.close() //nolint:errcheck // it was only read
	flow, _ := file.load(reg)
	return flow
}

// valuesOf returns the assignments of an input that takes one of a few values.
func valuesOf(f *schema.Field, name string) []string {
	if f == nil || f.Secret {
		return nil
	}
	values := f.Enum
	if f.Type == schema.Boolean {
		values = []any{true, false}
	}
	var words []string
	for _, v := range values {
		words = append(words, fmt.Sprintf("%s=%v", name, v))
	}
	return words
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// mostCompleted bounds the runs that are offered.
const mostCompleted = 100

// completeRuns offers the runs of the journal that --journal names, the latest
// first, in one of some states; in any where none is given.
func (a *app) completeRuns(states ...journal.State) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		path, _ := c.Flags().GetString("journal")
		if len(args) > 0 || path == "" {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.runWords(c.Context(), path, prefix, states), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

func (a *app) runWords(ctx context.Context, path, prefix string, states []journal.State) []string {
	if !isJournal(path) {
		return nil // Inspect would make one
	}
	j, err := a.inspectJournal(path)
	if err != nil {
		return nil
	}
	defer j.Close() //nolint:errcheck // it was only read
	if len(states) == 0 {
		states = []journal.State{""}
	}
	var words []string
	for _, state := range states {
		list, err := j.Runs(ctx, journal.Filter{State: state, Limit: mostCompleted})
		if err != nil {
			return nil
		}
		for _, r := range list {
			if strings.HasPrefix(r.ID, prefix) {
				words = append(words, cobra.CompletionWithDesc(r.ID, oneLine(printable(r.Flow+", "+string(r.State)+", "+clock(r.Started)))))
			}
		}
	}
	return words
}

// completeJournals offers files that can be journals, and folders on the way.
func completeJournals(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	folder, start := filepath.Split(prefix)
	entries, err := os.ReadDir(filepath.Join(folder, "."))
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []string
	directive := cobra.ShellCompDirectiveNoFileComp
	for _, e := range entries {
		path := folder + e.Name()
		switch {
		case !strings.HasPrefix(e.Name(), start) || start == "" && strings.HasPrefix(e.Name(), "."):
		case isFolder(path):
			words = append(words, path+string(filepath.Separator))
			directive |= cobra.ShellCompDirectiveNoSpace
		case isJournal(path):
			words = append(words, path)
		}
	}
	return words, directive
}

// isJournal reports whether a file is one of SQLite's, as journals are.
func isJournal(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close() //nolint:errcheck // it was only read
	magic := []byte("SQLite format 3\x00")
	head := make([]byte, len(magic))
	_, err = io.ReadFull(f, head)
	return err == nil && bytes.Equal(head, magic)
}

// completeFlag completes the value of a flag by a function.
func completeFlag(c *cobra.Command, flag string, words cobra.CompletionFunc) {
	_ = c.RegisterFlagCompletionFunc(flag, words) // as in complete
}
