package cli

import "github.com/spf13/cobra"

// complete offers words for a flag.
func complete(c *cobra.Command, flag string, words ...string) {
	// It fails only for a flag that is not there, and the words are a courtesy.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// completeFlows offers YAML files.
func completeFlows(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}
