package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
)

// serveFlags are the flags of `serve`.
type serveFlags struct {
	runFlags

	listen, admin   string
	publicURL       string
	title           string
	watch           bool
	keepKeys        time.Duration
	origins         []string
	volatile        bool
	drain           time.Duration
	maxRuns, queue  int
	maxBody         byteCount
	tlsCert, tlsKey string
	people          peopleFlags // of the console
	adminOpen       bool        // what else stands on its address asks nobody
	notify          string
	remote          bool // others carry the runs
}

func (a *app) serveCommand() *cobra.Command {
	f := &serveFlags{runFlags: *newRunFlags()}
	c := &cobra.Command{
		Use:   "serve [PATH...]",
		Short: "Serve flows as an HTTP API and by their schedules",
		Long: `Serve the triggers of flows: requests of their routes, ticks of their schedules,
messages of queues and files of folders begin runs. A PATH is a flow, a pattern or
a folder, as for check; the default is the folder that the command runs in.

With --journal every run survives the end of the process: what was under way
goes on at the next start, and a request that comes again with its
Idempotency-Key gets the answer that it had. --volatile goes without.

A SIGHUP has it read the flows and the secrets again, and --watch does so whenever
a file has changed: runs under way keep their files, and flows with a mistake are
reported and leave those before.

A request to terminate ends it: no new work is taken, runs have the time of
--drain to end, and are put down then. A second signal does not wait. Runs that
the server does not begin are those of run and resume.` + a.elsewhere(`

Without --journal and --volatile the runs are those of a server, whose workers carry
them: a request that comes again with its Idempotency-Key finds its run there.`),
		Example: a.examples(
			"NAME serve flows --journal runs.db",
			"NAME serve orders.yaml --journal runs.db --listen :8443 --tls-cert cert.pem --tls-key key.pem",
			"NAME serve flows --volatile --local",
		),
		RunE: func(c *cobra.Command, args []string) error {
			f.logged(c)
			if err := a.checkServe(c, f); err != nil {
				return err
			}
			if len(args) == 0 {
				args = []string{"."}
			}
			return a.serveFlows(c.Context(), args, f)
		},
		ValidArgsFunction: completeFlows,
	}
	f.registerServe(c)
	if a.Remote != nil {
		addFlags(c, a.Remote.Flags)
	}
	completeFlag(c, "journal", completeJournals)
	return c
}

func (f *serveFlags) registerServe(c *cobra.Command) {
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.journal, "journal", "", "`file` that keeps the runs, so that they survive the end of the process")
	flags.BoolVar(&f.volatile, "volatile", false, "keep no runs: what is under way ends with the process")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8080", "`address` to answer on; without a host all of this machine's")
	flags.StringVar(&f.publicURL, "public-url", "", "`address` under which people reach the server, such as https://flows.example.com: what signalUrl makes begins so")
	flags.StringVar(&f.admin, "admin", "", "`address` for operators; without a host this machine alone. It asks who they are where people log in to the console, and nobody otherwise. Nothing listens unless it is given")
	durationFlag(flags, &f.drain, "drain", 25*time.Second, "how long runs may take to end when the server is to; a `duration`")
	flags.IntVar(&f.maxRuns, "max-runs", 256, "the most runs that do something at the same time")
	flags.IntVar(&f.queue, "max-queue", 256, "the most events that wait for room, at most 5s each; others are refused")
	f.maxBody = 1 << 20
	flags.Var(&f.maxBody, "max-body", "the most `bytes` that the body of a request may have, such as 1048576, 1MB or 1MiB")
	flags.StringVar(&f.tlsCert, "tls-cert", "", "`file` with the server's certificates (PEM), read again when it changes")
	flags.StringVar(&f.tlsKey, "tls-key", "", "`file` with the key of the certificate (PEM)")
	durationFlag(flags, &f.keepKeys, "keep-keys", 24*time.Hour, "how long the run of a key is kept at least, after its end; a `duration`")
	flags.StringArrayVar(&f.origins, "cors-origin", nil, "`origin` of pages that may call routes without cors, as https://app.example.com, or *; may be repeated")
	f.people.register(c, "console-", "console-url")
	flags.BoolVar(&f.adminOpen, "admin-open", false, "ask nobody on --admin who they are, other than in the console")
	flags.StringVar(&f.notify, "notify", "", "`file` that says who is told of runs that were not undone, and of flows that fail too often")
	flags.BoolVar(&f.watch, "watch", false, "take files when they have changed, without a restart, as a SIGHUP has it done")
	registerTitle(c, &f.title)
	f.registerLocal(c)
	f.registerSecrets(c)
	f.registerRoot(c)
	flags.BoolVar(&f.strict, "strict", false, "take warnings of the check for errors")
	f.registerLog(c)
}

// checkServe finds flags that do not go together.
func (a *app) checkServe(c *cobra.Command, f *serveFlags) error {
	f.remote = a.Remote != nil && f.journal == "" && !f.volatile
	switch {
	case a.Remote != nil && !f.remote && a.Remote.Chosen():
		return wrong("leave one out", "--journal and --volatile are for runs of this process, and the other flags name a server")
	case f.remote && f.functions != "":
		return wrong("give it to the workers", "--functions is for runs of this process: workers start the emulators of runs elsewhere")
	case f.journal == "" && !f.volatile && !f.remote:
		return wrong("add --journal runs.db, or --volatile for runs that end with the process", "nothing says where runs are kept")
	case f.journal != "" && f.volatile:
		return wrong("leave one out", "--journal and --volatile exclude each other")
	case f.keepKeys <= 0:
		return wrong("give a time such as 24h", "--keep-keys cannot be %s", f.keepKeys)
	case f.drain < 0:
		return wrong("give a time such as 25s, or 0s to wait for nothing", "--drain cannot be %s", f.drain)
	case f.maxRuns < 1:
		return wrong("give 1 or more", "--max-runs cannot be %d", f.maxRuns)
	case f.queue < 1:
		return wrong("give 1 or more", "--max-queue cannot be %d", f.queue)
	case f.maxBody < 1:
		return wrong("give the bytes, 1 or more", "--max-body cannot be %d", f.maxBody)
	case (f.tlsCert == "") != (f.tlsKey == ""):
		return wrong("give both", "--tls-cert and --tls-key belong together")
	}
	if (f.people.known() || f.people.url != "") && (f.admin == "" || f.journal == "") {
		return wrong("add --admin ADDRESS and --journal FILE, or leave it out", "--console-users, --console-oidc and --console-url are of the console, which stands on --admin with a journal")
	}
	if f.adminOpen && !f.people.known() {
		return wrong("leave it out", "--admin-open is for a console that people log in to, by --console-users or --console-oidc: without them nobody is asked on --admin")
	}
	if f.publicURL != "" {
		if err := serve.CheckPublicURL(f.publicURL); err != nil {
			return wrong("write https://HOST, with a path if there is one", "--public-url: %w", err)
		}
	}
	return f.check(c)
}

// serveFlows is the command: check, open, answer until a signal.
func (a *app) serveFlows(ctx context.Context, patterns []string, f *serveFlags) error {
	reg, err := a.registry()
	if err != nil {
		return err
	}
	if f.watch {
		if err := rereadable(patterns); err != nil {
			return err
		}
	}
	looked := lookAt(patterns, nil, f.secrets)
	first, err := a.served(ctx, patterns, f.root, func(file *flowFile) (*flows.Flow, error) { return a.checked(ctx, file, reg, f.strict) })
	if err != nil {
		return err
	}
	close := sync.OnceFunc(first.close)
	defer close()
	var log zerolog.Logger
	sent := a.telemetry(func(text string) { log.Warn().Msg(text) })
	defer sent.end()
	log = newLogger(a.Stderr, f.logFormat.value, f.logLevel.value, a.color(), sent)
	config := serve.Config{
		Flows: first.list, Done: close, Title: f.title, Registry: reg, PublicURL: f.publicURL, DrainTime: max(f.drain, time.Millisecond), MaxRuns: f.maxRuns, MaxQueue: f.queue, MaxBody: int64(f.maxBody),
		KeepKeys: f.keepKeys, Metrics: f.admin != "", Origins: f.origins,
		Access: func(x serve.Access) { logAccess(log, x) }, Notice: func(n serve.Notice) { logNotice(log, n) },
		Options: []flows.RunOption{flows.WithEnv(a.Env), flows.WithListener(flows.LogEvents(log))}, Observer: sent.Observer(),
	}
	secrets, end, err := a.ground(ctx, &config, patterns, f)
	if err != nil {
		return err
	}
	defer end()
	if !f.remote {
		if err := first.checkSecrets(ctx, config.Options); err != nil {
			return wrong("", "the flows cannot be served: %w", err)
		}
	}
	if config.Notify, err = a.notifyFile(ctx, f.notify, secrets.known()); err != nil {
		return err
	}
	return a.answer(ctx, config, f, &reloader{
		app: a, patterns: patterns, flags: f, registry: reg, log: log, secrets: secrets, options: config.Options, asked: make(chan struct{}, 1), files: first.files(), taken: looked,
	})
}

// ground sets what runs stand on: secrets, the emulator and the journal. end closes
// them.
func (a *app) ground(ctx context.Context, config *serve.Config, patterns []string, f *serveFlags) (secrets *rereadSecrets, end func(), err error) {
	secrets, end = &rereadSecrets{app: a, path: f.secrets}, func() {}
	if err := secrets.reread(ctx); err != nil {
		return nil, nil, err
	}
	if secrets.now.Load() != nil {
		config.Options = append(config.Options, flows.WithSecrets(secrets.get))
	}
	if f.remote {
		var done func()
		remote := RemoteServe{Registry: config.Registry, Sandbox: f.local, Options: config.Options, Env: a.Env, Place: placeOf(patterns)}
		config.Carrier, done, err = a.Remote.Serve(ctx, remote)
		return secrets, done, err
	}
	if f.local && len(config.Flows) > 0 {
		sandbox, err := a.startSandbox(ctx, config.Flows[0].File, &f.runFlags)
		if err != nil {
			return nil, nil, err
		}
		end = sandbox.close
		config.Options = append(config.Options, flows.WithSandbox(sandbox.Sandbox))
	}
	if f.journal == "" {
		return secrets, end, nil
	}
	j, err := a.openJournal(f.journal)
	if err != nil {
		end()
		return nil, nil, err
	}
	config.Journal = j
	stopped := end
	return secrets, func() {
		_ = j.Close() // everything is on disk
		stopped()
	}, nil
}

// placeOf tells what is served here from what is served elsewhere.
func placeOf(patterns []string) string {
	places := make([]string, len(patterns))
	for i, pattern := range patterns {
		places[i] = pattern
		if path, err := filepath.Abs(pattern); err == nil {
			places[i] = path
		}
	}
	slices.Sort(places)
	return strings.Join(slices.Compact(places), "\n")
}

// answer listens, and serves until a signal.
func (a *app) answer(ctx context.Context, config serve.Config, f *serveFlags, again *reloader) error {
	main, err := listenOn(ctx, "--listen", f.listen)
	if err != nil {
		return err
	}
	defer main.Close() //nolint:errcheck // it is closed when the server ends
	config.Public = !main.Addr().(*net.TCPAddr).IP.IsLoopback()
	listeners := []serve.Listener{{Listener: main}}
	scheme := "http"
	if f.tlsCert != "" {
		pair := &certificate{cert: f.tlsCert, key: f.tlsKey}
		if _, err := pair.get(nil); err != nil {
			return wrong("give a certificate and its key, both as PEM", "--tls-cert: %w", err)
		}
		listeners[0].TLS = &tls.Config{GetCertificate: pair.get, MinVersion: tls.VersionTLS12}
		scheme = "https"
	}
	config.Plain = f.tlsCert == ""
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server, err := serve.New(ctx, config)
	if damaged := a.damagedTail(err, f.journal); damaged != nil {
		return damaged
	}
	if err != nil {
		return wrong("", "the flows cannot be served: %w", err)
	}
	callers := a.agents(server, nil)
	defer callers.Close()
	server.Mount("/-/mcp", callers.Handler(config.MaxBody))
	listeners[0].Handler = server
	if own := listeners[0].TLS; own != nil {
		listeners[0].TLS = askingForCertificates(own, server)
	}
	if f.admin != "" {
		address := here(f.admin)
		l, err := listenOn(ctx, "--admin", address)
		if err != nil {
			return err
		}
		defer l.Close() //nolint:errcheck // as above
		operators, done, err := a.operators(ctx, l, server, config, scheme+"://"+main.Addr().String(), again)
		if err != nil {
			return err
		}
		defer done()
		listeners = append(listeners, serve.Listener{Listener: l, Handler: operators})
	}
	a.tellServed(server, scheme+"://"+main.Addr().String(), listeners, f)
	again.server = server
	var failed error
	s, ended := a.watchOr(func(os.Signal) { cancel() }, server.Hurry, again.ask, func() {
		var reading sync.WaitGroup
		reading.Go(func() { again.run(ctx) })
		failed = server.Serve(ctx, listeners...)
		cancel()
		reading.Wait()
	})
	switch {
	case failed != nil:
		return failedBecause("%w", failed)
	case !ended:
		return silently(signalCode(s))
	}
	return nil
}

// tellServed says what is served, and where.
func (a *app) tellServed(server *serve.Server, url string, listeners []serve.Listener, f *serveFlags) {
	a.heed()
	for _, route := range server.Routes() {
		a.note("serves " + route)
	}
	for _, one := range server.Schedules() {
		next := "never"
		if !one.Next.IsZero() {
			next = one.Next.Format(time.RFC3339)
		}
		a.note("begins " + one.Flow + " by the schedule " + strconv.Quote(one.Times) + " (" + one.Zone + "), next at " + next)
	}
	if f.volatile {
		a.note("--volatile: runs, their answers and the keys of requests end with this process")
	}
	if len(listeners) > 1 {
		a.note("operators: http://" + listeners[1].Listener.Addr().String() + "/-/runs")
	}
	a.note("listening on " + url)
}

// here returns an address of this machine alone where it names no host.
func here(address string) string {
	if strings.HasPrefix(address, ":") {
		return "127.0.0.1" + address
	}
	return address
}

// listenOn opens an address.
func listenOn(ctx context.Context, flag, address string) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	var wrongAddress *net.AddrError
	switch {
	case errors.As(err, &wrongAddress):
		return nil, wrong("write HOST:PORT, such as 127.0.0.1:8080", "%s cannot be %q", flag, address)
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, wrong("give another "+flag+", or end the process that has it", "%s: %s is in use", flag, address)
	case err != nil:
		return nil, failedBecause("%s: %w", flag, err)
	}
	return l, nil
}

// logAccess writes a request as a log line.
func logAccess(log zerolog.Logger, x serve.Access) {
	level := zerolog.InfoLevel
	if x.Status >= 500 {
		level = zerolog.WarnLevel
	}
	line := log.WithLevel(level)
	for _, field := range [][2]string{{"route", x.Route}, {"flow", x.Flow}, {"run", x.Run}, {"caller", x.Caller}, {"code", x.Code}} {
		if field[1] != "" {
			line = line.Str(field[0], field[1])
		}
	}
	line.Str("method", x.Method).Str("path", x.Path).Int("status", x.Status).Int64("bytes", x.Bytes).
		Dur("duration", x.Duration).Str("remote", x.Remote).Msg("request")
}

func logNotice(log zerolog.Logger, n serve.Notice) {
	level := zerolog.InfoLevel
	switch {
	case n.Passing:
		level = zerolog.WarnLevel
	case n.Problem:
		level = zerolog.ErrorLevel
	}
	line := log.WithLevel(level)
	if n.Run != "" {
		line = line.Str("run", n.Run)
	}
	line.Err(n.Err).Msg(n.Text)
}
