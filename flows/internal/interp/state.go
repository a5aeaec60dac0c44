package interp

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/uuid"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// execution is one run of a program.
type execution struct {
	program   *Program
	config    *runtime.Options
	id        string
	startedAt time.Time
	inputs    map[string]any
	labels    map[string]string
	runOnce   sync.Once
	runValue  map[string]any // what expressions see as run, once one asks
	secrets   *redactor
	listening bool
	inner     bool // run by a step of another flow
	payloads  bool // values can hold payloads that are not decoded
	// remote is true on another runtime than the one in process, which asks
	// for nothing between steps and shows nobody the parameters of an attempt.
	remote    bool
	undone    *undoneSteps  // of all flows of the run
	owed      *owedSteps    // of all flows of the run
	shownType *schema.Field // type of what the flow gave
	// secretValues are the secrets of all flows of the run.
	secretValues map[runtime.SecretRef]string
	// stored are those of stores, and renewals those that may change; nil for none.
	stored   map[runtime.SecretRef]*Stored
	renewals *Renewals
	// env holds the environment variables that all flows of the run refer to,
	// as they were at its start.
	env map[string]string
	// interrupt says that the run is interrupted; nil where nobody can.
	interrupt *interruption
	// caller is the flow that runs this one; overrides are connections of its.
	caller    *state
	overrides map[string]*ConnectionUse
	// signals stands in front of the names of the flow's signals: the paths of the
	// steps that call it; empty for the run's own flow.
	signals string

	refsMu sync.Mutex
	refs   map[refKey]*refEntry
}

// state is where one branch of a run stands. It is used by one goroutine.
type state struct {
	run   *execution
	rt    runtime.Runtime
	frame *frame
	// ctx may be changed in place only while owns is true. Whoever lets go of it
	// makes that false, so that the next to set a name gets a copy: branches,
	// iterations and undos keep what they began with.
	ctx    map[string]any
	prefix stepPath // of the frame
	path   stepPath // of the step that runs
	name   string   // path as text, once somebody asked
	count  int32    // random values drawn in that step
	owns   bool
	undo   bool // inside an undo
	// repeated is true in a block that may run again with the same frame.
	repeated bool
	// fork is the runtime of the innermost branch beside which others may run;
	// nil where there is none.
	fork runtime.Runtime

	pendingUndos []pendingUndo
	notUndone    []string
	// undone and undoErrors are of undos that ran already, in branches whose
	// failure is not the one that is reported.
	undone     []string
	undoErrors []*report.RunError
	returned   *returned
	// veils collects how to show what the step that runs makes of secrets; nil
	// where nobody asks.
	veils veils
	// call is what operations are given that look at nothing of it but their
	// parameters; nil before the first.
	call *connector.Call
	// log is what operations are given that keep nothing of it; nil before the first, and
	// behind a failure.
	log *keptLog
	// params is an empty map for those of the next call; nil for none. spare is one for a
	// map among them, and made the last one that was made for the step that runs.
	params, spare, made map[string]any
}

// returned is what a return step gave.
type returned struct {
	value any
	field *schema.Field
}

// pendingUndo is an undo that a finished step asks for, with what it sees.
type pendingUndo struct {
	run    *execution
	step   *Step
	path   string
	ticket ticket // among the run's owedSteps
	frame  *frame
	ctx    map[string]any
	result any
}

// share returns ctx for somebody who keeps it.
func (s *state) share() map[string]any {
	s.owns = false
	return s.ctx
}

// assign sets names of ctx.
func (s *state) assign(names []string, values []any) {
	if !s.owns {
		ctx := make(map[string]any, len(s.ctx)+len(names))
		maps.Copy(ctx, s.ctx)
		s.ctx, s.owns = ctx, true
	}
	for i, name := range names {
		s.ctx[name] = values[i]
	}
}

// value is what expressions see as run.
func (x *execution) value() map[string]any {
	x.runOnce.Do(func() {
		x.runValue = map[string]any{"id": x.id, "flow": x.program.Name}
		if !x.startedAt.IsZero() {
			x.runValue["startedAt"] = value.FormatTime(x.startedAt)
		}
	})
	return x.runValue
}

// Load returns the value of a slot to an expression.
func (s *state) Load(slot int, kept bool) any {
	switch slot {
	case CtxSlot:
		if kept {
			return s.share()
		}
		return s.ctx
	case RunSlot:
		return s.run.value()
	case CallSlot:
		return map[string]any{"idempotencyKey": s.idempotencyKey(s.path)}
	default:
		return *s.frame.at(slot)
	}
}

// Payloads says whether expressions have to look for payloads.
func (s *state) Payloads() bool { return s.run.payloads }

// Now is what now() gives.
func (s *state) Now() time.Time { return s.rt.Now() }

// begin is the time from which a wait is counted that begins now.
func (s *state) begin() time.Time {
	if rt, ok := s.rt.(runtime.Beginner); ok {
		return rt.Begin()
	}
	return s.rt.Now()
}

// UUID is what uuid() gives: a version 4 UUID that is the same again when the
// step is run again.
func (s *state) UUID() string {
	var b [16]byte
	path := s.path.String()
	for i := range 2 {
		binary.BigEndian.PutUint64(b[8*i:], s.rt.Random(path, int(s.count)))
		s.count++
	}
	return uuid.Text(b, 4)
}

// random returns a number in [0, 1).
func (s *state) random(path string) float64 {
	const bits = 53
	return float64(s.rt.Random(path, 0)>>(64-bits)) / (1 << bits)
}

// inside returns the state of an inner frame. The caller shares ctx first, since
// many goroutines may call it at the same time.
func (s *state) inside(rt runtime.Runtime, f *frame, prefix stepPath) state {
	return state{
		run: s.run, rt: rt, frame: f, ctx: s.ctx, prefix: prefix, path: prefix, undo: s.undo, fork: s.fork, repeated: s.repeated,
	}
}

// givenUp is true in a branch that was stopped: whoever stopped it undoes all
// branches, in their order.
func (s *state) givenUp() bool { return s.fork != nil && s.fork.Stopped() != runtime.NotStopped }

// idempotencyKey is the same for each attempt of one step of one run, and says
// nothing about either. A step that was undone and runs again has another one:
// what the first key stands for is gone.
func (s *state) idempotencyKey(path stepPath) string {
	var buf [128]byte
	name := append(buf[:0], s.run.id...)
	var keeper runtime.KeyKeeper
	restarted := s.run.config.Restarted
	if restarted {
		keeper, restarted = s.rt.(runtime.KeyKeeper)
	}
	if restarted {
		name = append(name, keeper.Named(path.String())...)
	} else {
		name = path.appendTo(name)
	}
	times := s.run.undone.times(path)
	if times > 0 {
		name = strconv.AppendInt(append(name, 0), int64(times), 10)
	}
	if restarted {
		key, generation := keeper.Key(path.String(), times)
		if key != "" {
			return key
		}
		if generation > 0 {
			name = strconv.AppendInt(append(name, 0, 0), generation, 10)
		}
	}
	sum := sha256.Sum256(name)
	return uuid.Text([16]byte(sum[:16]), 4)
}

// pathText is the text of a path. That of the step that runs is made once.
func (s *state) pathText(path stepPath) string {
	if path != s.path {
		return path.String()
	}
	if s.name == "" {
		s.name = path.String()
	}
	return s.name
}

// emit reports an event, of now unless it says when.
func (s *state) emit(e *report.Event) {
	e.Undo = s.undo
	s.run.emit(s.rt, e)
}

func (x *execution) emit(rt runtime.Runtime, e *report.Event) {
	if !x.listening {
		return
	}
	if e.Time.IsZero() {
		e.Time = rt.Clock()
	}
	e.RunID, e.Flow = x.id, x.program.Name
	e.Err = x.secrets.failure(e.Err)
	rt.Emit(*e)
}

// condition evaluates an expression that must be true or false.
func (s *state) condition(b *Binding) (bool, error) {
	v, err := b.eval(s)
	if err != nil {
		return false, err
	}
	if p, ok := v.(*value.Payload); ok {
		v = p.Value()
	}
	yes, ok := v.(bool)
	if !ok {
		return false, &connector.Error{
			Code: "ConditionNotBoolean", Class: connector.ClassInvalid,
			Message: fmt.Sprintf("%s: the condition must be true or false, it gave %s", b.At, kindOf(v)),
		}
	}
	return yes, nil
}

func kindOf(v any) string {
	t := typeOfConstant(v)
	if v == nil {
		return "null"
	}
	return fields.Article(t)
}

func asTime(v any) (time.Time, error) {
	text, err := fields.TimestampField.Convert(v)
	if err != nil || text == nil {
		return time.Time{}, &connector.Error{
			Code: "InvalidTimestamp", Class: connector.ClassInvalid, Message: "wait: expected a timestamp, found " + kindOf(v),
		}
	}
	return time.Parse(time.RFC3339, text.(string))
}

// duration evaluates a time limit or a pause; 0 for none. what names it.
func (s *state) duration(v Value, what string) (time.Duration, error) {
	if v == nil {
		return 0, nil
	}
	raw, err := v.eval(s)
	if err != nil {
		return 0, err
	}
	d, err := AsDuration(raw, what)
	return d, s.unfit(err, v, what)
}

// unfit returns the error of a value that does not fit without the secrets in it.
func (s *state) unfit(err error, v Value, what string) error {
	failure, ok := err.(*connector.Error) //nolint:errorlint // it was just made
	if !ok || failure.Err == nil {
		return err
	}
	shown := *failure
	shown.Err = s.redacted(failure.Err, Taint(v, nil))
	shown.Message = what + ": " + shown.Err.Error()
	return &shown
}

// limitOf returns the time limit of a step; 0 for none.
func (s *state) limitOf(st *Step) (time.Duration, error) {
	if st.Limit > 0 {
		return st.Limit, nil
	}
	return s.duration(st.Timeout, "timeout")
}

func AsDuration(raw any, what string) (time.Duration, error) {
	if raw == nil {
		return 0, nil
	}
	text, err := fields.DurationField.Convert(raw)
	if err != nil {
		return 0, &connector.Error{Code: "InvalidDuration", Class: connector.ClassInvalid, Message: what + ": " + err.Error(), Err: err}
	}
	return time.ParseDuration(text.(string))
}

func ItemPath(path string, i int64) string { return iterationPath(path, i).String() }

var _ interface {
	bind.Vars
	bind.World
} = (*state)(nil)
