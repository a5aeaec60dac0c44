package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
	"github.com/medlar-flow/medlar/serve/agents"
)

func (a *app) mcpCommand() *cobra.Command {
	f := &serveFlags{runFlags: *newRunFlags()}
	c := &cobra.Command{
		Use:   "mcp [PATH...]",
		Short: "Let an agent call flows, on standard input (MCP)",
		Long: `Speak the Model Context Protocol on standard input and output: an agent that
starts this command can call the flows that have a trigger tool, and check flow
texts and look up operations and functions. A PATH is a flow, a pattern or a
folder, as for check; without one there are no tools of flows.

A call runs the flow and waits for it. When the agent cancels a call, or goes
away, the run is canceled and undoes what it did. With --journal runs survive the
end of the process, and a call that comes again with its key has its result.`,
		Example: a.examples(
			"NAME mcp flows --journal runs.db",
			"NAME mcp orders.yaml --local",
			"NAME mcp                            check texts, look up operations",
		),
		RunE: func(c *cobra.Command, args []string) error {
			f.logged(c)
			if err := f.check(c); err != nil {
				return err
			}
			return a.mcp(c.Context(), args, f)
		},
		ValidArgsFunction: completeFlows,
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.journal, "journal", "", "`file` that keeps the runs, so that they survive the end of the process")
	durationFlag(flags, &f.drain, "drain", 25*time.Second, "how long runs may take to end, or to undo what they did, when the agent has gone; a `duration`")
	f.registerLocal(c)
	f.registerSecrets(c)
	f.registerRoot(c)
	flags.BoolVar(&f.strict, "strict", false, "take warnings of the check for errors")
	f.registerLog(c)
	completeFlag(c, "journal", completeJournals)
	return c
}

// mcp is the command.
func (a *app) mcp(ctx context.Context, patterns []string, f *serveFlags) error {
	reg, err := a.registry()
	if err != nil {
		return err
	}
	config := serve.Config{OnlyTools: true, Registry: reg, DrainTime: max(f.drain, time.Millisecond)}
	var log zerolog.Logger
	sent := a.telemetry(func(text string) { log.Warn().Msg(text) })
	defer sent.end()
	log = newLogger(a.Stderr, f.logFormat.value, f.logLevel.value, a.color(), sent)
	config.Observer = sent.Observer()
	config.Access, config.Notice = func(x serve.Access) { logAccess(log, x) }, func(n serve.Notice) { logNotice(log, n) }
	config.Options = []flows.RunOption{flows.WithEnv(a.Env), flows.WithListener(flows.LogEvents(log))}
	if len(patterns) > 0 {
		first, err := a.served(ctx, patterns, f.root, func(file *flowFile) (*flows.Flow, error) { return a.checked(ctx, file, reg, f.strict) })
		if err != nil {
			return err
		}
		defer sync.OnceFunc(first.close)()
		config.Flows = first.list
	}
	_, end, err := a.ground(ctx, &config, nil, f)
	if err != nil {
		return err
	}
	defer end()
	return a.speak(ctx, config, reg)
}

// speak serves one agent until it closes standard input, or a signal ends it.
func (a *app) speak(ctx context.Context, config serve.Config, reg *connector.Registry) error {
	server, err := serve.New(ctx, config)
	if err != nil {
		return wrong("", "the flows cannot be served: %w", err)
	}
	if len(config.Flows) > 0 && len(server.Tools(nil)) == 0 {
		return wrong("give a flow ‹triggers: [{tool: {name: place_order, description: Places an order.}}]›", "no flow has a trigger tool")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed error
	s, ended := a.watch(func(os.Signal) { cancel() }, server.Hurry, func() {
		var running sync.WaitGroup
		running.Go(func() { failed = errors.Join(failed, server.Run(ctx)) })
		err := a.agents(server, a.readers(reg)).Serve(ctx, io.NopCloser(a.Stdin), unclosed{a.Stdout})
		cancel()
		running.Wait()
		failed = errors.Join(failed, err)
	})
	switch {
	case failed != nil:
		return failedBecause("%w", failed)
	case !ended:
		return silently(signalCode(s))
	}
	return nil
}

// agents are what agents may call of a server.
func (a *app) agents(server *serve.Server, readers []agents.Reader) *agents.Agents {
	return agents.New(server, agents.Options{Name: a.Name, Version: buildVersion(), Readers: readers})
}

// unclosed is a stream that is not closed by who writes to it.
type unclosed struct{ io.Writer }

// Close does nothing.
func (unclosed) Close() error { return nil }
