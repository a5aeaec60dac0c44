package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

func (a *app) doctorCommand() *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "doctor [FLOW]",
		Short: "Which credentials each connection resolves to",
		Long: `Show, hop by hop, which credentials each connection of a flow resolves to and
whom the service takes their holder for; without a flow, those of the default
connection. It runs no step and shows no secret.

Exit codes: 0 all is well, 1 a connection fails, 2 the flow or the command line
is wrong.`,
		Example: a.examples(
			"NAME doctor                       the default connection",
			"NAME doctor --profile ops         that of a profile",
			"NAME doctor release.yaml          the connections of a flow",
		),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return wrong(usage(c), "one flow at a time, found %q besides", args[1])
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(c); err != nil {
				return err
			}
			return a.doctor(c.Context(), strings.Join(args, ""), f)
		},
		ValidArgsFunction: completeFlows,
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&f.inputs.set, "set", "i", nil, "give an input that a connection reads: `name=value`, or name=@file")
	flags.StringVar(&f.inputs.file, "input", "", "read inputs from a `file`, a map in YAML or JSON; - is standard input")
	flags.BoolVar(&f.local, "local", false, "ask an AWS emulator on this machine instead of AWS")
	flags.StringVar(&f.functions, "functions", "", "`file` with what the emulator has (default as for run)")
	flags.StringVar(&f.region, "region", "", "AWS `region` of connections that name none")
	flags.StringVar(&f.profile, "profile", "", "AWS `profile` of connections that name none")
	flags.StringVar(&f.endpoint, "endpoint", "", "AWS endpoint `URL` of connections that name none")
	flags.StringVar(&f.root, "root", "", "`folder` that the flow may read files from (default the folder of the flow)")
	return c
}

// doctor finds the connections, asks for each whose it is, and prints that.
func (a *app) doctor(ctx context.Context, path string, f *runFlags) error {
	reg, err := a.registry()
	if err != nil {
		return err
	}
	options, err := f.options(a, reg)
	if err != nil {
		return err
	}
	var stand *connector.Sandbox
	if f.local {
		sandbox, err := a.startSandbox(ctx, path, f)
		if err != nil {
			return err
		}
		defer sandbox.close()
		stand = &sandbox.Sandbox
		options = append(options, flows.WithSandbox(sandbox.Sandbox))
	}
	var found []report.ConnectionInfo
	if path == "" {
		found, err = defaultConnections(reg, f, stand)
	} else {
		found, err = a.flowConnections(ctx, path, f, reg, options)
	}
	if err != nil {
		return err
	}
	return a.diagnose(ctx, groups(found))
}

// defaultConnections returns what a step gets where a flow says nothing.
func defaultConnections(reg *connector.Registry, f *runFlags, stand *connector.Sandbox) ([]report.ConnectionInfo, error) {
	var found []report.ConnectionInfo
	for _, c := range reg.Connectors() {
		if c.Identify == nil {
			continue
		}
		params, err := c.Connection.Convert(f.connectionParams())
		if err != nil {
			return nil, wrong("", "the connection of %s: %w", c.Name, err)
		}
		found = append(found, report.ConnectionInfo{
			Connector: c, Request: connector.OpenRequest{Params: params, RunID: "doctor", Sandbox: stand},
		})
	}
	return found, nil
}

// connectionParams are the flags that are parameters of a connection.
func (f *runFlags) connectionParams() map[string]any {
	params := map[string]any{}
	for name, value := range map[string]string{"region": f.region, "profile": f.profile, "endpoint": f.endpoint} {
		if value != "" {
			params[name] = value
		}
	}
	return params
}

func (a *app) flowConnections(
	ctx context.Context, path string, f *runFlags, reg *connector.Registry, options []flows.RunOption,
) ([]report.ConnectionInfo, error) {
	file, err := a.openFlow(ctx, path, f.root)
	if err != nil {
		return nil, err
	}
	defer file.close() //nolint:errcheck // it was only read
	flow, err := a.checked(ctx, file, reg, false)
	if err != nil {
		return nil, err
	}
	inputs, err := a.inputs(ctx, flow, f.inputs)
	if err != nil {
		return nil, err
	}
	found, err := flow.Connections(ctx, inputs, options...)
	var wrongs *report.InputError
	switch {
	case errors.As(err, &wrongs):
		return nil, a.wrongInputs(wrongs)
	case err != nil:
		return nil, failedBecause("%w", err)
	}
	for i := range found {
		found[i].Place = file.shown(found[i].Place)
	}
	return found, nil
}

// connectionGroup is one connection with the connectors that use it.
type connectionGroup struct {
	report.ConnectionInfo
	users []string
}

// groups puts together what several connectors of a family use alike.
func groups(found []report.ConnectionInfo) []*connectionGroup {
	type identity struct{ name, place, key, family string }
	var list []*connectionGroup
	known := map[identity]*connectionGroup{}
	for _, info := range found {
		id := identity{info.Name, info.Place, info.Key, cmp.Or(info.Connector.Family, info.Connector.Name)}
		group := known[id]
		if group == nil {
			group = &connectionGroup{ConnectionInfo: info}
			known[id] = group
			list = append(list, group)
		}
		group.users = append(group.users, info.Connector.Name)
	}
	return list
}

// identifyLimit bounds the questions about one connection.
const identifyLimit = 30 * time.Second

// diagnose asks for one connection after the other, until a signal.
func (a *app) diagnose(ctx context.Context, list []*connectionGroup) error {
	if len(list) == 0 {
		if _, err := fmt.Fprintln(a.Stdout, "no connection: no step calls a service"); err != nil {
			return failedBecause("printing connections: %w", err)
		}
		return nil
	}
	healthy := true
	var last os.Signal
	var unprinted error
	last, _ = a.interruptible(ctx, func(ctx context.Context) {
		for i, group := range list {
			if ctx.Err() != nil || unprinted != nil {
				return
			}
			p := &page{}
			if i > 0 {
				p.line(0, "")
			}
			healthy = p.connection(ctx, group) && healthy
			_, unprinted = fmt.Fprint(a.Stdout, group.Redact(p.String()))
		}
	})
	switch {
	case last != nil:
		return silently(signalCode(last))
	case unprinted != nil:
		return failedBecause("printing connections: %w", unprinted)
	case !healthy:
		return silently(exitFailed)
	}
	return nil
}

// connection adds what is found out about one connection; false where it fails.
func (p *page) connection(ctx context.Context, group *connectionGroup) bool {
	p.line(0, group.title())
	switch {
	case len(group.Needs) > 0:
		p.line(1, "cannot be resolved before a run: it needs "+strings.Join(group.Needs, ", "))
		return true
	case group.Err != nil:
		p.line(1, "error: "+group.Err.Error())
		return false
	case group.Connector.Identify == nil:
		p.line(1, "has no identity to ask for")
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, identifyLimit)
	defer cancel()
	healthy := true
	for i, id := range group.Connector.Identify(ctx, group.Request) {
		p.line(1, fmt.Sprintf("%d. %s", i+1, id.Via))
		p.identity(id)
		healthy = healthy && id.Err == nil
	}
	return healthy
}

func (p *page) identity(id connector.Identity) {
	const depth = 2
	if id.Err == nil {
		p.line(depth, id.Name)
		p.line(depth, strings.Join(id.Facts, ", "))
		return
	}
	p.line(depth, "error: "+id.Err.Error())
	if id.Err.RequestID != "" {
		p.line(depth, "request id: "+id.Err.RequestID)
	}
	if id.Help != "" {
		p.line(depth, "help: "+id.Help)
	}
}

func (g *connectionGroup) title() string {
	name := "connection " + g.Name
	switch {
	case g.Name == "" && g.Place == "":
		name = "default connection"
	case g.Name == "":
		name = "connection of a step"
	}
	if g.Place != "" {
		name += " (" + g.Place + ")"
	}
	return name + ", used by " + strings.Join(g.users, ", ")
}
