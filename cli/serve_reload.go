package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
)

// Files are looked at so often, and taken once they have not changed from one look
// to the next. Those that could not be taken are tried again now and then, since what
// they lack can stand where nobody looks.
const (
	lookEvery = time.Second
	tryAgain  = 10 // looks
)

// reloader has a server take files that have changed: when it is told to, and with
// --watch by itself.
type reloader struct {
	app      *app
	patterns []string
	flags    *serveFlags
	registry *connector.Registry
	log      zerolog.Logger
	secrets  *rereadSecrets
	options  []flows.RunOption // of all runs
	server   *serve.Server
	asked    chan struct{} // has room for one that asks

	files []string // that the flows consist of
	taken stamps   // of a look before these were read
	said  string   // why they could not be taken
}

// ask has the files read again, soon.
func (r *reloader) ask() {
	select {
	case r.asked <- struct{}{}:
	default: // somebody has asked already
	}
}

// run takes files until ctx ends.
func (r *reloader) run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	if !r.flags.watch {
		ticker.Stop()
	}
	taken := r.settled(r.taken)
	before, waited := taken, 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.asked:
			now := r.look()
			r.reload(ctx, true)
			taken = r.settled(now)
			before, waited = taken, 0
			continue
		case <-ticker.C:
		}
		now := r.look()
		waited++
		changed := !maps.Equal(now, taken) && maps.Equal(now, before)
		before = now
		if changed || r.said != "" && waited >= tryAgain {
			r.reload(ctx, false)
			taken, waited = r.settled(now), 0
		}
	}
}

// stamps are what changes of files when they do, by their paths.
type stamps map[string]string

// look returns the stamps of the files as they are now.
func (r *reloader) look() stamps { return lookAt(r.patterns, r.files, r.flags.secrets) }

func lookAt(patterns, files []string, secrets string) stamps {
	seen := stamps{}
	paths, err := expand(patterns)
	if err != nil {
		seen[""] = err.Error()
	}
	for _, path := range slices.Concat(paths, files, []string{secrets}) {
		if info, err := os.Stat(path); err == nil {
			seen[path] = fmt.Sprint(info.Size(), info.ModTime().UnixNano())
		} else {
			seen[path] = "is not there"
		}
	}
	return seen
}

// settled returns the stamps of files that were read after a look: what has changed while
// they were read is a change still. Which files there are beside the patterns is known
// once they are read; of these the stamps are those of now.
func (r *reloader) settled(before stamps) stamps {
	taken := r.look()
	for path := range taken {
		if stamp, known := before[path]; known {
			taken[path] = stamp
		} else if !slices.Contains(r.files, path) {
			delete(taken, path)
		}
	}
	return taken
}

// reload has the server take the files as they are now. Why they cannot be is said
// again only to somebody who asks again.
func (r *reloader) reload(ctx context.Context, asked bool) {
	err := r.take(ctx)
	if err == nil {
		r.said = ""
		r.log.Info().Str("version", r.server.Version()).Msg("serves the files as they are now")
		return
	}
	if ctx.Err() != nil {
		return
	}
	text := saidOf(err)
	if text == r.said && !asked {
		return
	}
	r.said = text
	for line := range strings.SplitSeq(text, "\n") {
		r.log.Error().Str("error", line).Str("version", r.server.Version()).Msg("the files as they are now cannot be served; those before go on")
	}
}

func (r *reloader) take(ctx context.Context) error {
	found, err := r.load(ctx)
	if err != nil {
		r.server.ReloadFailed(err)
		return err
	}
	before := r.secrets.now.Load()
	err = r.secrets.reread(ctx)
	if err == nil && !r.flags.remote {
		err = found.checkSecrets(ctx, r.options)
	}
	if err != nil {
		r.server.ReloadFailed(err)
	} else {
		err = r.server.Reload(ctx, found.list, sync.OnceFunc(found.close))
	}
	if err != nil {
		r.secrets.now.Store(before) // the flows that go on have those that they had
		found.close()
		return err
	}
	r.files = found.files()
	return nil
}

// load loads the flows. Warnings of the check are log lines, and no reason not to take
// them but with --strict.
func (r *reloader) load(ctx context.Context) (*servedFlows, error) {
	if err := rereadable(r.patterns); err != nil {
		return nil, err
	}
	return r.app.served(ctx, r.patterns, r.flags.root, func(file *flowFile) (*flows.Flow, error) {
		flow, found := file.load(r.registry)
		if found == nil {
			found = flow.Warnings()
		}
		if found == nil {
			return flow, nil
		}
		found = found.Renamed(file.shown)
		if flow == nil || r.flags.strict {
			return nil, found
		}
		for _, d := range found.Diagnostics {
			r.log.Warn().Str("warning", diag.List{d}.Error()).Msg("the check has something to say")
		}
		return flow, nil
	})
}

// files lists what the flows consist of.
func (s *servedFlows) files() []string {
	var list []string
	for i, flow := range s.flows {
		for _, name := range flow.Files() {
			list = append(list, s.open[i].shown(name))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// rereadSecrets are those of --secrets-file, which is read again.
type rereadSecrets struct {
	app  *app
	path string
	now  atomic.Pointer[flows.SecretProvider]
}

// reread reads the file; one that cannot be read changes nothing.
func (r *rereadSecrets) reread(ctx context.Context) error {
	if r.now.Load() != nil && isStream(r.path) {
		return nil // it was read to its end
	}
	provider, err := r.app.allSecrets(ctx, r.path)
	if err == nil && provider != nil {
		r.now.Store(&provider)
	}
	return err
}

// get is a flows.SecretProvider.
func (r *rereadSecrets) get(ctx context.Context, name string) (string, bool, error) {
	return (*r.now.Load())(ctx, name)
}

// known returns what gives the secrets of the file; nil where there is none.
func (r *rereadSecrets) known() flows.SecretProvider {
	if r.now.Load() == nil {
		return nil
	}
	return r.get
}

// rereadable refuses flows that can be read only once.
func rereadable(patterns []string) error {
	for _, path := range patterns {
		if path == "-" || isStream(path) {
			return wrong("write the flow to a file", "%s is read once, so that no changes of it can be taken", path)
		}
	}
	return nil
}

// saidOf is what an error says, with the way out that it knows.
func saidOf(err error) string {
	var e *exitError
	switch {
	case !errors.As(err, &e):
		return err.Error()
	case e.err == nil:
		return "it has mistakes, which stand above"
	case e.help != "":
		return e.Error() + ": " + e.help
	}
	return e.Error()
}
