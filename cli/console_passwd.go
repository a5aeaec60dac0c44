package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/people"
)

const (
	maxPasswordLine = 4096
	maxUsersFile    = 1 << 20
)

func (a *app) passwdCommand() *cobra.Command {
	var roles string
	c := &cobra.Command{
		Use:   "passwd FILE NAME",
		Short: "Give a user of the console a password, and roles",
		Long: `Write a user into a password file for --users: a new one, or one with another
password. The password is read from standard input: its first line, or what is
typed, which is not shown.

Roles are view, run and admin, and those that flows name at waits for a signal.
Without --roles a user keeps those that the file has; a new one has view.
htpasswd -B writes such files, too, but for the roles.`,
		Example: a.examples(
			"NAME console passwd users ann --roles run,finance",
		),
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return a.passwd(c.Context(), args[0], args[1], roles)
		},
	}
	c.Flags().StringVar(&roles, "roles", "", "the user's `roles`, with commas between them")
	return c
}

func (a *app) passwd(ctx context.Context, path, name, roles string) error {
	var list []string
	if roles != "" {
		var err error
		if list, err = people.ParseRoles(roles); err != nil {
			return wrong("such as --roles run,finance", "--roles: %w", err)
		}
	}
	before, err := readfile.Plain(path, maxUsersFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return wrong("", "%w", readfile.About(path, err))
	}
	password, err := a.readPassword(ctx, name)
	if err != nil {
		return err
	}
	hash, err := people.Hash(password)
	if err != nil {
		return wrong("", "%w", err)
	}
	text, err := people.SetUser(string(before), name, hash, list)
	if err != nil {
		return wrong("", "%s:%w", path, err)
	}
	if err := replaceFile(path, text); err != nil {
		return failedBecause("%w", err)
	}
	a.note("written: " + name + " in " + path)
	return nil
}

// readPassword reads a line that is not shown where somebody types it.
func (a *app) readPassword(ctx context.Context, name string) (schema.Secret, error) {
	if f, ok := a.Stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) { //nolint:gosec // it is small
		a.note("the password of " + name + ":")
		text, err := term.ReadPassword(int(f.Fd())) //nolint:gosec // as above
		if err != nil {
			return "", failedBecause("reading the password: %w", err)
		}
		return schema.Secret(text), nil
	}
	text, err := a.readSlowly(ctx, "the password", "standard input", func(ctx context.Context) ([]byte, error) {
		return readfile.Reader(ctx, a.Stdin, maxPasswordLine)
	})
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return "", wrong("write it to standard input", "there is no password")
	}
	return schema.Secret(line), nil
}
