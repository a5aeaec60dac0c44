package durable

import (
	"slices"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// executionShape is the answer of GetDurableExecution.
type executionShape struct {
	DurableExecutionArn   string //nolint:revive // the wire's spelling
	DurableExecutionName  string
	FunctionArn           string //nolint:revive // the wire's spelling
	Version               string
	Status                string
	StartTimestamp        stamp
	EndTimestamp          *stamp `json:",omitempty"`
	DurableConfig         Config
	InputPayload          *string      `json:",omitempty"`
	Result                *string      `json:",omitempty"`
	Error                 *ErrorObject `json:",omitempty"`
	TraceHeader           *traceHeader `json:",omitempty"`
	ExecutionDataIncluded bool
}

type traceHeader struct {
	XAmznTraceID string `json:"XAmznTraceId"`
}

// Get returns an execution; data says whether its input, result and error, too.
func (g *Engine) Get(arn string, data bool) (any, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, err := g.find(arn)
	if err != nil {
		return nil, err
	}
	out := executionShape{
		DurableExecutionArn: e.ARN, DurableExecutionName: e.Name, FunctionArn: e.functionARN(), Version: e.Version,
		Status: e.Status, StartTimestamp: stamp{at: e.Started}, EndTimestamp: stampOf(e.Ended, false), DurableConfig: e.Config,
		ExecutionDataIncluded: data,
	}
	if data {
		out.InputPayload, out.Result, out.Error = &e.Input, e.Result, e.Error
	}
	if e.Trace != "" {
		out.TraceHeader = &traceHeader{e.Trace}
	}
	return out, nil
}

func (e *execution) functionARN() string {
	return "arn:" + service.Partition(e.Region) + ":lambda:" + e.Region + ":" + e.Account + ":function:" + e.Fn + ":" + e.Version
}

type historyPage struct {
	Events     []object
	NextMarker string `json:",omitempty"`
}

// HistoryQuery is what of a history is asked for.
type HistoryQuery struct {
	Data    bool   // payloads, results and errors, too
	Reverse bool   // the newest first
	Marker  string // "" for the first page
	Most    int    // events of a page
}

// History returns a page of the events of an execution.
func (g *Engine) History(arn string, q HistoryQuery) (any, error) {
	from, err := position(q.Marker)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	e, err := g.find(arn)
	if err != nil {
		return nil, err
	}
	out := historyPage{Events: []object{}}
	n, left := len(e.events), pageBytes
	for i := from; i < n; i++ {
		at := i
		if q.Reverse {
			at = n - 1 - i
		}
		v := e.events[at]
		if q.Data {
			left -= int(size(v.Input)+size(v.Result)) + v.Error.size()
		}
		if len(out.Events) > 0 && (len(out.Events) >= q.Most || left < 0) {
			out.NextMarker = pageMarker(i)
			break
		}
		out.Events = append(out.Events, v.shape(e, at+1, q.Data))
	}
	return out, nil
}

// Query is which executions are asked for.
type Query struct {
	Place     service.Place
	Function  string
	Version   string // "" for any
	Name      string // "" for any
	Status    string // "" for any
	After     time.Time
	Before    time.Time
	Ascending bool // the oldest first
	Marker    string
	Most      int
}

type listItem struct {
	DurableExecutionArn  string //nolint:revive // the wire's spelling
	DurableExecutionName string
	FunctionArn          string //nolint:revive // the wire's spelling
	Status               string
	StartTimestamp       stamp
	EndTimestamp         *stamp `json:",omitempty"`
}

type executionsPage struct {
	DurableExecutions []listItem
	NextMarker        string `json:",omitempty"`
}

// List returns a page of executions.
func (g *Engine) List(q Query) (any, error) {
	from, err := position(q.Marker)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget(g.now())
	var all []*execution
	for _, e := range g.order {
		if q.fits(e) {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b *execution) int { return a.Started.Compare(b.Started) })
	if !q.Ascending {
		slices.Reverse(all)
	}
	out := executionsPage{DurableExecutions: []listItem{}}
	all = all[min(from, len(all)):]
	if len(all) > q.Most {
		out.NextMarker = pageMarker(from + q.Most)
		all = all[:q.Most]
	}
	for _, e := range all {
		out.DurableExecutions = append(out.DurableExecutions, listItem{
			e.ARN, e.Name, e.functionARN(), e.Status, stamp{at: e.Started}, stampOf(e.Ended, false),
		})
	}
	return out, nil
}

func (q *Query) fits(e *execution) bool {
	return e.place() == q.Place && e.Fn == q.Function &&
		(q.Version == "" || e.Version == q.Version) &&
		(q.Name == "" || e.Name == q.Name) &&
		(q.Status == "" || e.Status == q.Status) &&
		(q.After.IsZero() || !e.Started.Before(q.After)) &&
		(q.Before.IsZero() || !e.Started.After(q.Before))
}

// Logs returns the end of what the function of an execution has written.
func (g *Engine) Logs(arn string) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, err := g.find(arn)
	if err != nil {
		return nil, err
	}
	return slices.Clone(e.logs), nil
}
