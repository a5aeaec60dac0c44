package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/serve/console"
)

// consoleFlags are the flags of `console`.
type consoleFlags struct {
	runFlags

	listen          string
	readOnly        bool
	people          peopleFlags
	tlsCert, tlsKey string
}

func (a *app) consoleCommand() *cobra.Command {
	f := &consoleFlags{runFlags: *newRunFlags()}
	c := &cobra.Command{
		Use:   "console [PATH...] --journal FILE",
		Short: "Look at the runs of a journal in a browser, and repair them",
		Long: `Serve pages that show the runs of a journal: what they did, where they stand,
why they failed, and what waits for an answer. Runs are canceled, resumed,
restarted and answered there, and flows are started: a PATH is a flow, a pattern or
a folder, as for check. A run that fails is restarted with its flow as the file is
then.

The address and a token to log in with are printed on standard error. With --users
or --oidc people log in as themselves, with roles; then the console may be reached
from other machines, too, by HTTPS. Each action is a log line. What was begun here
is interrupted when the console ends, and can be resumed then.`,
		Example: a.examples(
			"NAME console flows --journal runs.db",
			"NAME console --journal runs.db --read-only",
			"NAME console flows --journal runs.db --users users --listen :8443 --public-url https://ops.example.com:8443 --tls-cert cert.pem --tls-key key.pem",
		),
		RunE: func(c *cobra.Command, args []string) error {
			f.logged(c)
			if err := f.check(c); err != nil {
				return err
			}
			return a.serveConsole(c.Context(), args, f)
		},
		ValidArgsFunction: completeFlows,
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.journal, "journal", "", "`file` of the journal")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "`address` to answer on: of this machine alone, unless people log in as themselves; port 0 for any that is free")
	flags.BoolVar(&f.readOnly, "read-only", false, "show the runs, and change nothing")
	f.people.register(c, "", "public-url")
	flags.StringVar(&f.tlsCert, "tls-cert", "", "`file` with the console's certificates (PEM), read again when it changes")
	flags.StringVar(&f.tlsKey, "tls-key", "", "`file` with the key of the certificate (PEM)")
	f.registerLocal(c)
	f.registerSecrets(c)
	f.registerRoot(c)
	f.registerLog(c)
	c.AddCommand(a.passwdCommand())
	completeFlag(c, "journal", completeJournals)
	return c
}

func (a *app) serveConsole(ctx context.Context, patterns []string, f *consoleFlags) error {
	if (f.tlsCert == "") != (f.tlsKey == "") {
		return wrong("give both", "--tls-cert and --tls-key belong together")
	}
	reg, err := a.registry()
	if err != nil {
		return err
	}
	var logger zerolog.Logger
	sent := a.telemetry(func(text string) { logger.Warn().Msg(text) })
	defer sent.end()
	logger = newLogger(a.Stderr, f.logFormat.value, f.logLevel.value, a.color(), sent)
	config := console.Config{Registry: reg, JournalFile: f.journal, ReadOnly: f.readOnly, Audit: auditTo(logger), Describe: describer(reg)}
	shown, err := openShownFlows(patterns, f.root, reg)
	if err != nil {
		return err
	}
	defer shown.close()
	config.Flows = shown.get
	config.Options = []flows.RunOption{flows.WithEnv(a.Env), flows.WithListener(flows.LogEvents(logger))}
	config.Options = append(config.Options, sent.options()...)
	if secrets, err := a.allSecrets(ctx, f.secrets); err != nil {
		return err
	} else if secrets != nil {
		config.Options = append(config.Options, flows.WithSecrets(secrets))
	}
	if f.local {
		near := "."
		if all := shown.get(); len(all) > 0 {
			near = all[0].File
		}
		sandbox, err := a.startSandbox(ctx, near, &f.runFlags)
		if err != nil {
			return err
		}
		defer sandbox.close()
		config.Options = append(config.Options, flows.WithSandbox(sandbox.Sandbox))
	}
	switch {
	case f.readOnly || f.journal == "":
		config.Journal, err = a.lookInto(ctx, f.journal)
	default:
		config.Journal, err = a.openJournal(f.journal)
	}
	if err != nil {
		return err
	}
	defer config.Journal.Close() //nolint:errcheck // everything is on disk
	return a.showConsole(ctx, config, f, logger)
}

// maxConsoleFile is how many bytes a file may have that a flow names.
const maxConsoleFile = 64 << 20

func consoleSource(path string, file *flowFile, reg *connector.Registry) console.Source {
	loaded := &loadedFlow{file: file, registry: reg}
	s := console.Source{
		File: path,
		Load: func(ctx context.Context) (*flows.Flow, *flows.CheckError, error) {
			flow, found := loaded.get()
			return flow, found, ctx.Err() //nolint:wrapcheck // the reader of the page has gone
		},
		Text: func(name string) []byte {
			text, err := readfile.FS(file.fsys, name, maxConsoleFile)
			if err != nil {
				return nil
			}
			return text
		},
	}
	if folder, err := filepath.Abs(file.folder); err == nil {
		s.Options = append(s.Options, flows.WithOrigin(folder))
	}
	return s
}

// hostsOf returns what a console on this machine is called.
func hostsOf(l net.Listener) []string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return []string{l.Addr().String(), net.JoinHostPort("localhost", port)}
}

// showConsole answers until a signal.
func (a *app) showConsole(ctx context.Context, config console.Config, f *consoleFlags, log zerolog.Logger) error {
	address := f.listen
	if !f.people.known() {
		address = here(address)
	}
	l, err := listenOn(ctx, "--listen", address)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // it is closed when the server ends
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() && !f.people.known() {
		return wrong("listen on 127.0.0.1, or say who may log in: --users FILE, --oidc FILE", "a console with a token is for this machine alone: --listen cannot be %q", address)
	}
	scheme, own := "http", net.Listener(l)
	if f.tlsCert != "" {
		scheme = "https"
		if own, err = withTLS(l, f.tlsCert, f.tlsKey); err != nil {
			return err
		}
	}
	if err := f.people.admit(ctx, a, &config, l, scheme, log); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	handler, err := console.New(ctx, config)
	if err != nil {
		return failedBecause("%w", err)
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10, ErrorLog: stdlog.New(io.Discard, "", 0),
	}
	a.tellConsole(config, f.people.address(scheme+"://"+l.Addr().String(), "/"))
	var failed error
	stop := func() {
		cancel()
		late, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer done()
		if server.Shutdown(late) != nil {
			_ = server.Close()
		}
	}
	_, _ = a.watch(func(os.Signal) { go stop() }, func() { _ = server.Close() }, func() {
		if err := server.Serve(own); !errors.Is(err, http.ErrServerClosed) {
			failed = err
		}
	})
	if failed != nil {
		return failedBecause("serving: %w", failed)
	}
	return nil
}

// tellConsole says where the console is, and how to log in.
func (a *app) tellConsole(config console.Config, address string) {
	a.heed()
	a.note("the console is at " + address)
	if config.Token != "" {
		a.note("log in with the token " + string(config.Token))
	}
}

// withTLS returns a listener whose connections are encrypted with a certificate of
// files.
func withTLS(l net.Listener, cert, key string) (net.Listener, error) {
	pair := &certificate{cert: cert, key: key}
	if _, err := pair.get(nil); err != nil {
		return nil, wrong("give a certificate and its key, both as PEM", "--tls-cert: %w", err)
	}
	return tls.NewListener(l, &tls.Config{GetCertificate: pair.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}), nil
}

// describer tells about an operation as `ops` does.
func describer(reg *connector.Registry) func(op *connector.Operation) string {
	return func(op *connector.Operation) string {
		var out strings.Builder
		if err := printOp(&out, op, reg.Owner(op)); err != nil {
			return op.Summary
		}
		return out.String()
	}
}

// logAction writes what somebody did as a log line.
func logAction(to zerolog.Logger, x console.Action) {
	level := zerolog.InfoLevel
	if x.Err != nil {
		level = zerolog.WarnLevel
	}
	line := to.WithLevel(level)
	for _, field := range [][2]string{{"run", x.Run}, {"flow", x.Flow}, {"detail", x.Detail}, {"who", x.Who}, {"remote", x.Remote}} {
		if field[1] != "" {
			line = line.Str(field[0], field[1])
		}
	}
	if x.Err != nil {
		line = line.Err(x.Err)
	}
	line.Str("action", x.What).Msg("console")
}
