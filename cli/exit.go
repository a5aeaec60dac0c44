package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/medlar-flow/medlar/diag"
)

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitWrong       = 2
	exitNotUndone   = 3
	exitInterrupted = 130
	exitTerminated  = 143
)

// exitError ends the command with a code. Without err all is said already.
type exitError struct {
	code int
	err  error
	help string
}

// Error returns the message.
func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

// Unwrap returns the error behind it.
func (e *exitError) Unwrap() error { return e.err }

// wrong says that the command line or what it names is wrong: nothing ran.
func wrong(help, format string, args ...any) error {
	return &exitError{code: exitWrong, err: fmt.Errorf(format, args...), help: help}
}

// failedBecause is a failure outside of any flow.
func failedBecause(format string, args ...any) error {
	return &exitError{code: exitFailed, err: fmt.Errorf(format, args...)}
}

// silently ends with a code where the reason is printed already.
func silently(code int) error { return &exitError{code: code} }

// exit prints what is left to say and gives the exit code.
func (a *app) exit(err error, root *cobra.Command, args []string) int {
	if err == nil {
		return exitDone
	}
	var e *exitError
	if !errors.As(err, &e) {
		// Everything that our commands return is an exitError, so this is cobra, which
		// did not find one, or one of cobra's own that cannot print.
		said := unknownCommand(root, args)
		if _, _, missing := root.Find(args); missing == nil {
			said = failedBecause("printing: %w", err)
		}
		errors.As(said, &e)
	}
	if e.err != nil {
		a.complain(e.err.Error(), e.help)
	}
	return e.code
}

// complain prints a mistake that has no place in a file.
func (a *app) complain(message, help string) {
	fmt.Fprintf(a.Stderr, "error: %s\n", printable(message))
	if help != "" {
		fmt.Fprintf(a.Stderr, "  help: %s\n", printable(help))
	}
}

// flagError turns pflag's errors into one line and a way out.
func flagError(c *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		bare    *pflag.ValueRequiredError
		bad     *pflag.InvalidValueError
	)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		return wrong(suggestFlag(c, unknown.GetSpecifiedName()), "unknown flag --%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return wrong(usage(c), "unknown flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &bare):
		return wrong(flagUsage(bare.GetFlag()), "the flag --%s needs a value", bare.GetFlag().Name)
	case errors.As(err, &bad):
		return wrong(flagUsage(bad.GetFlag()), "--%s cannot be %q: %w", bad.GetFlag().Name, bad.GetValue(), bad.Unwrap())
	default:
		return wrong(usage(c), "%w", err)
	}
}

func suggestFlag(c *cobra.Command, name string) string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	if help := diag.DidYouMean("--"+name, names); help != "" {
		return help
	}
	return fmt.Sprintf("%s --help lists the flags", c.CommandPath())
}

func flagUsage(f *pflag.Flag) string {
	name, text := pflag.UnquoteUsage(f)
	return strings.TrimSpace(fmt.Sprintf("--%s %s: %s", f.Name, name, text))
}

// signalCode is the exit code of a run that a signal ended.
func signalCode(s os.Signal) int {
	if s == os.Interrupt {
		return exitInterrupted
	}
	return exitTerminated
}
