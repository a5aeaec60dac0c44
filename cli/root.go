package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/diag"
)

// root makes the command for some arguments.
func (a *app) root(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   a.Name,
		Short: "Check and run integration flows",
		Long: `Check and run integration flows: YAML files whose steps call operations of
AWS, HTTP services and others.

Exit codes: 0 done, 1 the run failed, 2 the flow or the command line is wrong,
3 failed and not fully undone, 130 interrupted, 143 terminated.`,
		Example: a.examples(
			"NAME run release.yaml -i version=3      check a flow and run it",
			"NAME run release.yaml --local           the same against an emulator on this machine",
			"NAME check 'flows/*.yaml'               find every mistake, run nothing",
			"NAME ops lambda.invoke                  what an operation takes and gives",
		),
		SilenceErrors: true, SilenceUsage: true,
	}
	root.Flags().Bool("version", false, "print the version, as the command version does")
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(helpCommand(root))
	a.addCommands(root, args)
	if len(args) > 0 && args[0] == "completion" {
		root.InitDefaultCompletionCmd()
		knownShells(root)
	}
	return root
}

// knownShells makes a shell that cobra has no completions for a mistake: it prints help
// then, which a shell would read as a script.
func knownShells(root *cobra.Command) {
	c, _, err := root.Find([]string{"completion"})
	if err != nil {
		return
	}
	c.Args = nil
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		var names []string
		for _, shell := range c.Commands() {
			names = append(names, shell.Name())
		}
		return wrong(diag.Suggest(args[0], names, "the shells are"), "there are no completions for %q", args[0])
	}
}

// Tree returns the command with all commands and flags below it, to read: man
// pages and references are made from it. To run it, call [Command.Run].
func (c Command) Tree() *cobra.Command {
	root := (&app{Command: c.withDefaults()}).root(nil)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	withHelpFlags(root)
	return root
}

func withHelpFlags(c *cobra.Command) {
	c.InitDefaultHelpFlag()
	for _, below := range c.Commands() {
		withHelpFlags(below)
	}
}

// subcommand is one that is made when it is called, or listed.
type subcommand struct {
	name string
	make func() *cobra.Command
}

func (a *app) subcommands() []subcommand {
	list := []subcommand{
		{"run", a.runCommand},
		{"resume", a.resumeCommand},
		{"runs", a.runsCommand},
		{"serve", a.serveCommand},
		{"mcp", a.mcpCommand},
		{"console", a.consoleCommand},
		{"openapi", a.openapiCommand},
		{"check", a.checkCommand},
		{"test", a.testCommand},
		{"graph", a.graphCommand},
		{"ops", a.opsCommand},
		{"functions", a.functionsCommand},
		{"docs", a.docsCommand},
		{"doctor", a.doctorCommand},
		{"local", a.localCommand},
		{"schema", a.schemaCommand},
		{"version", a.versionCommand},
	}
	if a.Remote != nil {
		list = append(list, subcommand{"worker", a.workerCommand}, subcommand{"attach", a.attachCommand})
	}
	return list
}

// addCommands adds the command that the first argument names, and all where it
// names none: then they may be listed, completed, or suggested.
func (a *app) addCommands(root *cobra.Command, args []string) {
	list := a.subcommands()
	if len(args) > 0 {
		if i := slices.IndexFunc(list, func(c subcommand) bool { return c.name == args[0] }); i >= 0 {
			list = list[i : i+1]
			root.CompletionOptions.DisableDefaultCmd = true
		}
	}
	for _, c := range list {
		root.AddCommand(c.make())
	}
}

// examples fills in the command's own name.
func (a *app) examples(lines ...string) string {
	for i, line := range lines {
		lines[i] = "  " + strings.ReplaceAll(line, "NAME", a.Name)
	}
	return strings.Join(lines, "\n")
}

// helpCommand is cobra's, but a topic that is not there is a mistake.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command",
		RunE: func(_ *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(root, args)
			}
			return found.Help()
		},
	}
}

func unknownCommand(root *cobra.Command, args []string) error {
	name := ""
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			name = arg
			break
		}
	}
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return wrong(diag.Suggest(name, names, "the commands are"), "unknown command %q", name)
}

// noArgs and oneArg count what stands beside the flags.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return wrong(usage(c), "%s takes no argument, found %q", c.Name(), args[0])
	}
	return nil
}

func oneArg(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return wrong(usage(c), "which %s?", what)
		case 1:
			return nil
		default:
			return wrong(usage(c), "one %s at a time, found %q besides", what, args[1])
		}
	}
}

func usage(c *cobra.Command) string {
	return fmt.Sprintf("usage: %s; more with --help", c.UseLine())
}
