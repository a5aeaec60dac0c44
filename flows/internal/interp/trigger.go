package interp

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/limit"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/uuid"
	"github.com/medlar-flow/medlar/internal/value"
)

// Trigger starts runs of a flow where it is served: a route, or a schedule.
type Trigger struct {
	Name string
	At   diag.Span

	// Method and Path are those of a route, as net/http writes patterns; empty for
	// a schedule. Parts are the names in the path.
	Method, Path string
	Parts        []string

	// Schedule is empty for a route.
	Schedule, Zone, Overlap, Missed string

	// Tool is nil for what is no tool.
	Tool *Tool
	// Source gives the events of a trigger of its kind; nil for others. SourceParams
	// are its parameters, Owner and Connection are those that it calls with, and Ack
	// is recorded or done: when an event is done.
	Source       *connector.EventSource
	SourceParams Value
	Owner        *connector.Connector
	Connection   *ConnectionUse
	Ack          string

	If   *Binding // nil for always
	ID   Value    // nil where the event's own identity counts
	With Value    // nil where inputs are taken by name

	// Auth is the scheme by which callers are known; empty where nothing is said.
	Auth         string
	AuthParams   Value
	AuthKnown    map[string]any // the same, as far as it is known before a run
	AnswerWithin time.Duration
	Limit        limit.Rate // of each caller; zero for none
	Concurrency  int        // the most runs under way at the same time; 0 where nothing is said
	Origins      []string   // of pages that may call; nil where nothing is said
	Respond      []*Response
	// AnswerSecret is true where an answer can show a secret.
	AnswerSecret bool
}

// Tool is what agents call: its arguments are the inputs, its result the output.
type Tool struct {
	Name, Description string
	Reads             bool // nothing that it can reach changes anything
	Repeats           bool // what it changes, it changes once however often it is called
}

// The slots of what a trigger's expressions read; secrets and the rest have those
// that they have in the flow. No slot of a flow is so deep.
const (
	RequestSlot = (1 << 20) << DepthShift
	TickSlot    = RequestSlot + 1
	OutputSlot  = RequestSlot + 2
	FailureSlot = RequestSlot + 3
	EventSlot   = RequestSlot + 4
)

// Response is what the caller of a route is answered.
type Response struct {
	Failure bool            // of a run that failed
	On      map[string]bool // classes and codes of failures; empty for all
	Status  Value           // nil for the usual one
	Headers *MapValue       // nil for none
	Body    Value           // nil for the usual one
}

// triggerVars are what a trigger's expressions see.
type triggerVars struct {
	slots map[int]any
	ctx   map[string]any
	run   map[string]any
	now   time.Time
	files fs.FS     // nil where none are read
	seen  *redactor // of an answer: what its texts hide where they do not say that they show it
}

// Load gives a value.
func (v triggerVars) Load(slot int, _ bool) any {
	switch slot {
	case CtxSlot:
		return v.ctx
	case RunSlot:
		return v.run
	default:
		return v.slots[slot]
	}
}

// Payloads says whether expressions have to look for payloads.
func (v triggerVars) Payloads() bool { return false }

// Now is what now() gives: when the event came, or the run ended.
func (v triggerVars) Now() time.Time { return v.now }

// UUID is what uuid() gives.
func (v triggerVars) UUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return uuid.Text(b, 4)
}

// evalWith evaluates a value of a trigger. Those that only a run can make are
// not let through by the check.
func evalWith(v Value, vars bind.Vars) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case Constant:
		return x.V, nil
	case *Binding:
		return x.evalWith(vars)
	case ListValue:
		out := make([]any, len(x))
		for i, item := range x {
			made, err := evalWith(item, vars)
			if err != nil {
				return nil, err
			}
			out[i] = made
		}
		return out, nil
	case *MapValue:
		out := make(map[string]any, len(x.Keys))
		for i, item := range x.Items {
			made, err := evalWith(item, vars)
			if err != nil {
				return nil, err
			}
			if made != omitted {
				out[x.Keys[i]] = made
			}
		}
		return out, nil
	case *DynamicMap:
		return x.evalWith(vars)
	case *FileValue:
		return x.evalWith(vars)
	default:
		return nil, errNotInTrigger
	}
}

var errNotInTrigger = errors.New("a trigger cannot make this value")

func (b *Binding) evalWith(vars bind.Vars) (any, error) {
	if of, ok := vars.(triggerVars); ok && of.seen != nil && b.Program.Secret() && !b.Program.Whole() {
		_, shown, err := b.Program.EvalShown(vars, func(text string, _ bool) string { return text }, of.seen.text)
		if err != nil {
			return nil, evalError(b.At, err)
		}
		return shown, nil
	}
	v, err := b.Program.Eval(vars)
	if err != nil {
		return nil, evalError(b.At, err)
	}
	if b.Omits && v == nil {
		return omitted, nil
	}
	return value.Plain(v), nil
}

// evalWith reads a file, such as the certificates that auth names.
func (f *FileValue) evalWith(vars bind.Vars) (any, error) {
	v, _ := vars.(triggerVars)
	if v.files == nil {
		return nil, errNotInTrigger
	}
	b, err := readfile.FS(v.files, f.Path, maxFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.At, readfile.About(strconv.Quote(f.Path), err))
	}
	if f.Text {
		return string(b), nil
	}
	return b, nil
}

func (m *DynamicMap) evalWith(vars bind.Vars) (any, error) {
	out := make(map[string]any, len(m.Keys))
	for i, item := range m.Items {
		k, err := evalWith(m.Keys[i], vars)
		if err != nil {
			return nil, err
		}
		key, err := keyText(k)
		if err != nil {
			return nil, evalError(m.At, err)
		}
		v, err := evalWith(item, vars)
		if err != nil {
			return nil, err
		}
		if v != omitted {
			out[key] = v
		}
	}
	return out, nil
}
