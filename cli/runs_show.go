package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

func (a *app) showRunCommand(f *runsFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID --journal FILE",
		Short: "Show a run: its steps with their times, results and errors",
		Long: `Show a run as the journal knows it: its steps as a tree, with their times, their
parameters, their results and their errors. What is secret is ***. Parameters are
not stored: they are found out by going through the program and the records,
which calls nothing.`,
		Args:              oneArg("run"),
		ValidArgsFunction: a.completeRuns(),
		RunE: func(c *cobra.Command, args []string) error {
			j, err := a.lookInto(c.Context(), f.journal)
			if err != nil {
				return err
			}
			defer j.Close() //nolint:errcheck // it was only read
			d, err := j.Show(c.Context(), args[0])
			var damaged *journal.DamagedError
			switch {
			case errors.As(err, &damaged):
				return failedBecause("%w", err)
			case err != nil:
				return a.journalProblem(err, nil, f.journal)
			}
			if err := a.readBack(c.Context(), j, d); err != nil {
				a.note("not all parameters are known: " + err.Error())
			}
			if f.asJSON {
				return a.printJSON(detailsValue(d))
			}
			printRun(a.Stdout, d)
			return nil
		},
	}
}

// readBack finds out the parameters of a run's steps.
func (a *app) readBack(ctx context.Context, j *journal.Journal, d *journal.Details) error {
	reg, err := a.registry()
	if err != nil {
		return err
	}
	return j.ReadBack(ctx, d, reg) //nolint:wrapcheck // it is part of a note
}

func detailsValue(d *journal.Details) map[string]any {
	v := runValue(d.Run)
	v["inputs"], v["output"], v["error"], v["cancelRequested"] = d.Inputs, d.Output, nil, d.CancelRequested
	if d.Err != nil {
		v["error"] = d.Err.Value()
	}
	steps := make([]any, len(d.Steps))
	for i, s := range d.Steps {
		step := map[string]any{"path": s.Path, "operation": s.Operation, "result": s.Result, "error": nil, "startedAt": nil, "endedAt": nil}
		if s.Params != nil {
			step["params"] = s.Params
		}
		if s.Err != nil {
			step["error"] = s.Err.Value()
		}
		for name, t := range map[string]time.Time{"startedAt": s.Started, "endedAt": s.Ended, "until": s.Until} {
			if !t.IsZero() {
				step[name] = t
			}
		}
		if s.Signal != "" {
			step["signal"], step["key"] = s.Signal, s.Key
		}
		if s.Withheld {
			step["withheld"] = true
		}
		if s.Kept {
			step["kept"] = true
		}
		if s.Iterations > 0 {
			step["iterations"] = s.Iterations
		}
		steps[i] = step
	}
	v["steps"] = steps
	return v
}

// printRun shows a run for people.
func printRun(w io.Writer, d *journal.Details) {
	var b block
	state := string(d.State)
	if d.CancelRequested {
		state += ", to be canceled"
	}
	b.line(fmt.Sprintf("run %s of %s: %s", d.ID, d.Flow, state))
	b.row("started", clock(d.Started))
	if !d.Ended.IsZero() {
		b.row("took", took(d.Started, d.Ended))
	}
	if d.Origin != "" {
		b.row("from", d.Origin)
	}
	if d.Next != "" {
		next := d.Next
		if d.Err != nil && len(d.Err.NotUndone) > 0 {
			next += ", which took over what it could not undo"
		}
		b.row("restarted", "as "+next)
	}
	labels := map[string]any{}
	for name, text := range d.Labels {
		labels[name] = text
	}
	b.list("labels", members(labels))
	b.list("inputs", members(d.Inputs))
	b.WriteString("\n")
	stepTree(d.Steps).print(&b, 0)
	if d.Err != nil {
		b.WriteString("\n")
		b.WriteString(describeFailure(d.Err, nil))
	} else if d.State == journal.Done {
		b.WriteString("\n")
		b.row("output", shortValue(d.Output))
	}
	_, _ = io.WriteString(w, b.String())
}

// runNode is a step in the tree of a run, or what steps stand in.
type runNode struct {
	name  string
	step  *journal.Step
	inner []*runNode
	named map[string]*runNode // those of inner that steps stand in
}

// stepTree arranges steps by their paths, in the order in which they are.
func stepTree(steps []journal.Step) *runNode {
	root := &runNode{}
	for i := range steps {
		n := root
		names := strings.Split(strings.TrimPrefix(steps[i].Path, "/"), "/")
		for _, name := range names[:len(names)-1] {
			n = n.child(name)
		}
		// A step that ran more than once has a line for each time.
		leaf := &runNode{name: names[len(names)-1], step: &steps[i]}
		n.inner = append(n.inner, leaf)
		if n.named == nil {
			n.named = map[string]*runNode{}
		}
		n.named[leaf.name] = leaf // its undo stands below it
	}
	return root
}

func (n *runNode) child(name string) *runNode {
	if n.named[name] == nil {
		if n.named == nil {
			n.named = map[string]*runNode{}
		}
		n.named[name] = &runNode{name: name}
		n.inner = append(n.inner, n.named[name])
	}
	return n.named[name]
}

func (n *runNode) print(b *block, depth int) {
	for _, inner := range n.inner {
		line := strings.Repeat("  ", depth+1) + inner.name
		if inner.step != nil {
			line += "  " + describeStep(inner.step)
		}
		b.line(line)
		if inner.step != nil && len(inner.step.Params) > 0 {
			b.line(strings.Repeat("  ", depth+3) + "with " + shorten(shortValue(inner.step.Params), 120))
		}
		inner.print(b, depth+1)
	}
}

// describeStep returns what is known of a step in one line.
func describeStep(s *journal.Step) string {
	if s.Signal != "" {
		return describeWait(s)
	}
	if !s.Until.IsZero() {
		return "waits until " + clock(s.Until)
	}
	text := s.Operation + "  "
	if s.Kept {
		text += "kept  "
	}
	switch {
	case s.Iterations > 0:
		return fmt.Sprintf("%d iterations ended", s.Iterations)
	case s.Ended.IsZero():
		return text + "in flight since " + clock(s.Started)
	case s.Err != nil:
		return text + took(s.Started, s.Ended) + "  failed: " + shorten(s.Err.Code+": "+s.Err.Message, maxValue) + briefDetails(s.Err)
	case s.Withheld:
		return text + took(s.Started, s.Ended) + "  done; the result is not stored"
	default:
		return text + took(s.Started, s.Ended) + "  done: " + shorten(shortValue(s.Result), 80)
	}
}

// briefDetails returns the details of an error in the line of its step.
func briefDetails(e *report.RunError) string {
	if len(e.Details) == 0 {
		return ""
	}
	return "  " + shortValue(value.Brief(e.Details))
}

// describeWait returns what is known of a wait for a signal in one line.
func describeWait(s *journal.Step) string {
	text := "signal " + s.Signal
	if s.Key != "" {
		text += fmt.Sprintf(" (key %q)", s.Key)
	}
	switch {
	case s.Err != nil:
		return text + "  did not come in time"
	case !s.Ended.IsZero():
		return text + "  came: " + shorten(shortValue(s.Result), 80)
	case s.Until.IsZero():
		return text + "  waits"
	default:
		return text + "  waits until " + clock(s.Until)
	}
}
