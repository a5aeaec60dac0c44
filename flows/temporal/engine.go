package temporal

import (
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/converter"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// The names of workflow types.
const (
	flowWorkflow  = "medlar.flow"
	itemsWorkflow = "medlar.items" // a part of a loop
)

// engine is what the workflows and the activities of a worker share.
type engine struct {
	registry *connector.Registry
	sandbox  *connector.Sandbox
	options  []flows.RunOption     // of the worker: secrets and their environment
	listener report.Listener       // nil for none
	observer report.RemoteObserver // nil for none
	ended    []func(run report.Remote, at time.Time, failure *report.RunError)
	keyed    bool
	data     converter.DataConverter // reads what a workflow begins with
	// largest is the size that a payload may have in bytes; 0 for any.
	largest int

	chunkSize   int64
	recordLimit int // records after which a workflow is continued by another; 0 for no limit
	heartbeat   time.Duration

	programs programs
	locals   locals
	kept     kept
}

// heartbeatEvery is how often a long operation shows that it is alive, and so
// how late it learns that it is to stop.
const heartbeatEvery = time.Second

// maxPayload is what the server takes, with room for what stands around it.
const maxPayload = 2<<20 - 64<<10

func newEngine(registry *connector.Registry) *engine {
	return &engine{registry: registry, chunkSize: chunkSize, heartbeat: heartbeatEvery, largest: maxPayload, data: converter.GetDefaultDataConverter()}
}

// fits refuses what the server would not take.
func (e *engine) fits(what string, size int) error {
	if e.largest > 0 && size > e.largest {
		return &tooLargeError{what, size, e.largest}
	}
	return nil
}

// tooLargeError says that something does not fit into what the server takes.
type tooLargeError struct {
	what          string
	size, largest int
}

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("%s has %d bytes, and a Temporal server takes %d: "+
		"give this process and the workers a store for large values (--store FOLDER, Options.Store in Go), or pass less and keep the rest elsewhere", e.what, e.size, e.largest)
}

// secretOptions say how secrets are read.
func (e *engine) secretOptions() []flows.RunOption {
	return append([]flows.RunOption{func(o *runtime.Options) { o.Kept, o.Sandboxed = &e.kept, e.sandbox != nil }}, e.options...)
}

// runOptions are those of a run in workflow code.
func (e *engine) runOptions(s *start) []flows.RunOption {
	options := append(e.secretOptions(), runtime.WithConnections(s.connections),
		runtime.WithTimesAsText(s.meaning < 3), runtime.WithRetriesAtMostOnce(s.meaning < 5), runtime.WithWholeExpressions(s.meaning < 6), runtime.WithUndosTogether(s.meaning < 7),
		runtime.WithExactHeaders(s.meaning < 8),
		runtime.WithPinnedEnv(s.env), flows.WithTimeout(s.timeout), flows.WithOrigin(s.origin))
	if e.listener != nil {
		options = append(options, flows.WithListener(e.listener))
	}
	return options
}

// programs keeps flows that were loaded, by their digests: workflow code must
// not take long.
type programs struct {
	mu    sync.Mutex
	flows map[[32]byte]*program
}

type program struct {
	once sync.Once
	flow *flows.Flow
	err  error
}

// maxPrograms bounds the flows that are kept.
const maxPrograms = 200

func (p *programs) get(s *start, registry *connector.Registry) (*flows.Flow, error) {
	p.mu.Lock()
	found := p.flows[s.digest]
	if found == nil {
		if p.flows == nil || len(p.flows) >= maxPrograms {
			p.flows = map[[32]byte]*program{}
		}
		found = &program{}
		p.flows[s.digest] = found
	}
	p.mu.Unlock()
	found.once.Do(func() { found.flow, found.err = flows.LoadForResume(wire.Files(s.files), s.file, registry) })
	return found.flow, found.err
}
