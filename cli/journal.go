package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// journalKeys reads the keys that encrypt secrets in a journal.
func (a *app) journalKeys() (journal.Option, error) {
	text, _ := a.Env(journal.KeyVariable)
	keys, err := journal.ParseKeys(text)
	if err != nil {
		return nil, wrong("make one with: openssl rand -base64 32", "%s: %w", journal.KeyVariable, err)
	}
	return journal.WithKeys(keys), nil
}

// openJournal opens a journal to run flows on it.
func (a *app) openJournal(path string, options ...journal.Option) (*journal.Journal, error) {
	keys, err := a.journalKeys()
	if err != nil {
		return nil, err
	}
	a.heap.small()
	j, err := journal.Open(path, append(options, keys)...)
	var owned *journal.OwnedError
	switch {
	case errors.As(err, &owned):
		return nil, wrong("that version runs on a journal alone; stop it first, or give this run another file", "%w", err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, wrong("make the folder, or name another file", "the folder of the journal %s is not there", path)
	case err != nil:
		return nil, wrong("", "%w", err)
	}
	return j, nil
}

// inspectJournal opens a journal to look at it, and to cancel runs.
func (a *app) inspectJournal(path string) (*journal.Journal, error) {
	if path == "" {
		return nil, wrong("name the file that was given to run", "--journal is missing")
	}
	keys, err := a.journalKeys()
	if err != nil {
		return nil, err
	}
	j, err := journal.Inspect(path, keys)
	if err != nil {
		return nil, wrong("", "%w", err)
	}
	return j, nil
}

// lookInto is inspectJournal for who only shows what is there, and says where that is
// not all.
func (a *app) lookInto(ctx context.Context, path string) (*journal.Journal, error) {
	j, err := a.inspectJournal(path)
	if err != nil {
		return nil, err
	}
	if why := j.Behind(ctx); why != nil {
		a.note("this is how it was before what was written last, which cannot be read: " + why.Error())
	}
	return j, nil
}

// runDurably is runFlow on a journal.
func (a *app) runDurably(
	ctx context.Context, flow *flows.Flow, inputs map[string]any, options []flows.RunOption, r *reporter,
) error {
	j, err := a.openJournal(r.flags.journal)
	if err != nil {
		return err
	}
	defer j.Close() //nolint:errcheck // everything is on disk
	if folder, err := filepath.Abs(r.file.folder); err == nil {
		options = append(options, flows.WithOrigin(folder))
	}
	return a.carry(ctx, options, r, func(ctx context.Context, options ...flows.RunOption) (Handle, error) {
		return begun(j.Start(ctx, flow, inputs, options...))
	})
}

// damagedTail is what ends a command that would run flows on a journal of which what was
// written last cannot be read; nil for another error.
func (a *app) damagedTail(err error, path string) error {
	if !errors.Is(err, journal.ErrTail) {
		return nil
	}
	return &exitError{
		code: exitFailed, err: fmt.Errorf("journal %s: nothing runs on it as it is: %w", path, err),
		help: "end what uses it, copy " + path + ", " + path + "-wal and " + path + ".witness, and see what is damaged, which changes nothing: " +
			a.Name + " runs repair --journal " + path + " (its --accept-loss goes on with what can be read)",
	}
}

// journalProblem says why a durable run did not end, or did not begin. It
// gives nil for a run that failed.
func (a *app) journalProblem(err error, s os.Signal, path string) error {
	var (
		interrupted *journal.InterruptedError
		exists      *journal.ExistsError
		unknown     *journal.UnknownRunError
		state       *journal.StateError
		locked      *journal.LockedError
		lost        *journal.LossError
		sandbox     *journal.SandboxError
		failure     *report.RunError
	)
	if damaged := a.damagedTail(err, path); damaged != nil {
		return damaged
	}
	switch {
	case errors.As(err, &interrupted):
		a.complain(err.Error(), "go on with: "+a.Name+" resume "+interrupted.RunID+" --journal "+path)
		if s != nil {
			return silently(signalCode(s))
		}
		return silently(exitFailed)
	case errors.As(err, &lost):
		help := "look what the run did after that; " + a.Name + " resume " + lost.RunID + " --journal " + path + " --accept-loss does it again"
		if lost.Has < 0 {
			help = "look what the run did; give a new run another --run-id, or put back the journal with the run"
		}
		a.complain(err.Error(), help)
		return silently(exitFailed)
	case errors.As(err, &exists):
		return wrong("go on with: "+a.Name+" resume "+exists.RunID+" --journal "+path, "%w", err)
	case errors.As(err, &unknown):
		return wrong(a.Name+" runs --journal "+path+" lists them", "%w", err)
	case errors.As(err, &sandbox) && sandbox.Local:
		return wrong("add --local; what the emulator knew is gone", "%w", err)
	case errors.As(err, &sandbox):
		return wrong("leave --local out", "%w", err)
	case errors.As(err, &state), errors.As(err, &locked), errors.Is(err, journal.ErrNeedsKey):
		return wrong("", "%w", err)
	case errors.As(err, &failure):
		return nil
	default:
		return failedBecause("%w", err)
	}
}
