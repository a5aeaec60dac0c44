// Package temporal lets the command runner run flows on Temporal: give what New
// makes to cli.Command as Remote.
package temporal

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"flag"

	"github.com/medlar-flow/medlar/cli"
	"github.com/medlar-flow/medlar/flows/temporal"
)

// The environment variables that stand for flags. They are those of the
// command temporal, so that both find the same server.
const (
	addressVariable   = "TEMPORAL_ADDRESS"
	namespaceVariable = "TEMPORAL_NAMESPACE"
	apiKeyVariable    = "TEMPORAL_API_KEY"
	tlsVariable       = "TEMPORAL_TLS"
)

// Temporal is what the flags say.
type Temporal struct {
	address, namespace, queue string
	store                     string
	tls                       bool
	tlsCA, tlsCert, tlsKey    string
	tlsName                   string

	id                 string
	detach, attributes bool

	atOnce int
	drain  time.Duration
}

var _ cli.Remote = (*Temporal)(nil)

// New returns one with the flags as they are by default.
func New() *Temporal { return &Temporal{} }

// Flags adds the flags that say where the server is.
func (t *Temporal) Flags(flags *flag.FlagSet) {
	flags.StringVar(&t.address, "temporal", "", "`address` of the Temporal server (default $"+addressVariable+", else "+temporal.DefaultAddress+")")
	flags.StringVar(&t.namespace, "namespace", "", "Temporal `namespace` (default $"+namespaceVariable+", else "+temporal.DefaultNamespace+")")
	flags.StringVar(&t.queue, "task-queue", "", "task `queue` that joins runs and workers (default "+temporal.DefaultTaskQueue+", with --local "+localQueue+")")
	flags.StringVar(&t.store, "store", "", "`folder`, shared by all processes, for values that are too large for the server")
	flags.BoolVar(&t.tls, "tls", false, "connect with TLS (default $"+tlsVariable+"; set with an API key in $"+apiKeyVariable+")")
	flags.StringVar(&t.tlsCA, "tls-ca", "", "PEM `file` of the authorities that the server's certificate is from")
	flags.StringVar(&t.tlsCert, "tls-cert", "", "PEM `file` of the client's certificate")
	flags.StringVar(&t.tlsKey, "tls-key", "", "PEM `file` of its key")
	flags.StringVar(&t.tlsName, "tls-server-name", "", "`name` that the server's certificate is for")
}

// RunFlags adds the flags of run.
func (t *Temporal) RunFlags(flags *flag.FlagSet) {
	flags.StringVar(&t.id, "id", "", "`name` of the run on Temporal; a run that has it already is waited for")
	flags.BoolVar(&t.detach, "detach", false, "start the run on Temporal, print its name and do not wait")
	flags.BoolVar(&t.attributes, "search-attributes", false, "set the search attributes MedlarFlow and MedlarState, which the server must know")
}

// WorkerFlags adds the flags of worker.
func (t *Temporal) WorkerFlags(flags *flag.FlagSet) {
	flags.IntVar(&t.atOnce, "at-once", 0, "how many operations may be under way at once (default 1000)")
	flags.DurationVar(&t.drain, "drain", 30*time.Second, "how long operations under way may take to end when the worker is to end")
}

// Chosen reports whether the command line names a server.
func (t *Temporal) Chosen() bool { return t.address != "" || t.id != "" || t.detach }

// localQueue is the task queue of runs and workers with an emulator, so that
// neither meets the others.
const localQueue = temporal.DefaultTaskQueue + "-local"

type lookup func(name string) (string, bool)

func (l lookup) text(name string) string {
	v, _ := l(name)
	return v
}

// options returns what the flags and the environment say of the server.
func (t *Temporal) options(env lookup, local bool) (temporal.Options, error) {
	keys, err := temporal.ParseKeys(env.text(temporal.KeyVariable))
	if err != nil {
		return temporal.Options{}, cli.Wrong(fmt.Errorf("%s: %w", temporal.KeyVariable, err), "make one with: openssl rand -base64 32")
	}
	o := temporal.Options{
		Address:   cmp.Or(t.address, env.text(addressVariable), temporal.DefaultAddress),
		Namespace: cmp.Or(t.namespace, env.text(namespaceVariable)),
		TaskQueue: t.queue, APIKey: env.text(apiKeyVariable), Keys: keys,
	}
	if o.TaskQueue == "" && local {
		o.TaskQueue = localQueue
	}
	if t.store != "" {
		info, err := os.Stat(t.store)
		if err != nil || !info.IsDir() {
			return o, cli.Wrong(fmt.Errorf("--store %s is no folder", t.store), "make it, on a disk that all workers share")
		}
		o.Store = temporal.Folder(t.store)
	}
	o.TLS, err = t.tlsConfig(env)
	return o, err
}

// tlsConfig returns nil for a connection without TLS.
func (t *Temporal) tlsConfig(env lookup) (*tls.Config, error) {
	named := t.tlsCA != "" || t.tlsCert != "" || t.tlsKey != "" || t.tlsName != ""
	wanted := env.text(tlsVariable)
	if !t.tls && !named && env.text(apiKeyVariable) == "" && wanted != "true" && wanted != "1" {
		return nil, nil //nolint:nilnil // none is wanted
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.tlsName}
	if t.tlsCA != "" {
		text, err := os.ReadFile(t.tlsCA)
		if err == nil {
			config.RootCAs = x509.NewCertPool()
			if !config.RootCAs.AppendCertsFromPEM(text) {
				err = errors.New("it holds no certificate in PEM")
			}
		}
		if err != nil {
			return nil, cli.Wrong(fmt.Errorf("--tls-ca: %w", err), "")
		}
	}
	if t.tlsCert == "" && t.tlsKey == "" {
		return config, nil
	}
	pair, err := tls.LoadX509KeyPair(t.tlsCert, t.tlsKey)
	if err != nil {
		return nil, cli.Wrong(fmt.Errorf("--tls-cert and --tls-key: %w", err), "give both, as PEM files")
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}
