package temporal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// start is what a run begins with. It never changes.
type start struct {
	id     string
	flow   string
	file   string
	origin string
	files  map[string]any // texts by name
	inputs map[string]any
	env    map[string]any
	// connections are the defaults of connections; local says that the run is
	// for workers whose services are replaced by a sandbox.
	connections map[string]any
	local       bool
	timeout     time.Duration
	at          int64
	meaning     int64 // what the program means, of an earlier version: see meaning
	// attributes is true where the server knows the search attributes.
	attributes bool
	// name is what the run is called in the program: that of the first generation.
	// gen is nil for that one.
	name string
	gen  *generation.Generation
	// trigger and version are those of a run that a trigger began, and caller who asked
	// for it: for who watches it.
	trigger, version string
	caller           report.Caller

	text   []byte // as it was written
	digest [32]byte
}

// meaning counts the changes of what an accepted program means, and of what a
// run gives to the server, so that a run goes on as it began. Since 1, a branch
// has a time of its own from its start on; before, that was the time at which
// the loop or the parallel began. Since 1, an output that is all for people to
// see stands in the result once.
//
// Since 2, what is read back of a branch has the time that it had, also where how
// its fork ended is read back before, and a wait that ended before the time limit
// around it ended, also where both are in the past when the run is continued.
//
// Since 3, the cases of a switch compare durations and timestamps by value.
//
// Since 4, the branches of a fork behind which the run went on have ended, and
// where a branch found that it is to stop is counted from its latest record on;
// before, from where branches inside of it ended, if that was later, which can be
// mistaken for a place before they began.
//
// Since 5, the retry of a step repeats no call with atMostOnce.
//
// Since 6, an expression that takes long asks whether its branch is to stop.
//
// Since 7, each undo has a time limit of its own.
//
// Since 8, computed names find headers in any case.
const meaning = 8

func newStart(e runtime.Execution, flow string, local bool) *start {
	s := &start{
		id: e.ID(), name: e.ID(), flow: flow, file: e.File(), origin: e.Origin(), files: map[string]any{}, inputs: e.Inputs(), env: e.Env(),
		trigger: e.Began().Trigger, caller: e.Caller(), connections: e.ConnectionDefaults(), local: local, timeout: e.Timeout(), at: time.Now().UnixNano(), meaning: meaning,
	}
	for name, text := range e.Files() {
		s.files[name] = text
	}
	return s
}

// write returns the start as the server gets it. The error is ErrNeedsKey where
// it holds a secret and there is no key.
func (s *start) write(e runtime.Execution, keyed bool) ([]byte, error) {
	if !keyed && (e.HoldsSecretInput() || len(e.SecretEnv()) > 0 || e.HoldsSecret(s.inputs) || e.HoldsSecret(s.env) || e.HoldsSecret(s.connections) || e.HoldsSecret(s.files)) {
		return nil, fmt.Errorf("the run cannot start, for its inputs, its environment or its files: %w", ErrNeedsKey)
	}
	return s.encode()
}

func (s *start) encode() ([]byte, error) {
	m := map[string]any{
		"id": s.id, "flow": s.flow, "file": s.file, "origin": s.origin, "files": s.files, "inputs": s.inputs, "env": s.env,
		"connections": wire.Stored(s.connections), "local": s.local, "timeout": int64(s.timeout), "at": s.at, "attributes": s.attributes, "meaning": s.meaning,
	}
	if s.gen != nil {
		m["generation"], m["kept"] = s.gen.Values(s.name, s.at)
	}
	if s.trigger != "" {
		m["trigger"], m["version"] = s.trigger, s.version
	}
	if c := s.caller; c != (report.Caller{}) {
		m["caller"] = map[string]any{"kind": c.Kind, "parent": c.Trace.Parent, "state": c.Trace.State}
	}
	text, err := wire.Encode(m)
	if err != nil {
		return nil, fmt.Errorf("writing what the run begins with: %w", err)
	}
	return text, nil
}

var errStart = errors.New("what the run began with cannot be read")

func readStart(text []byte) (*start, error) {
	v, err := wire.Decode(text)
	m, ok := v.(map[string]any)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: %w", errStart, err)
	}
	s := &start{
		id: wire.TextAt(m, "id"), flow: wire.TextAt(m, "flow"), file: wire.TextAt(m, "file"), origin: wire.TextAt(m, "origin"),
		timeout: time.Duration(wire.IntegerAt(m, "timeout")), at: wire.IntegerAt(m, "at"), meaning: wire.IntegerAt(m, "meaning"), text: text,
	}
	s.trigger, s.version = wire.TextAt(m, "trigger"), wire.TextAt(m, "version")
	if c, ok := m["caller"].(map[string]any); ok {
		s.caller = report.Caller{Kind: wire.TextAt(c, "kind"), Trace: connector.Trace{Parent: wire.TextAt(c, "parent"), State: wire.TextAt(c, "state")}}
	}
	s.name = s.id
	if g, ok := m["generation"].(map[string]any); ok {
		s.name, s.gen = wire.TextAt(g, "name"), generation.Read(g)
		kept, _ := m["kept"].([]any)
		s.gen.ReadKeys(kept)
	}
	for name, to := range map[string]*map[string]any{
		"files": &s.files, "inputs": &s.inputs, "env": &s.env, "connections": &s.connections,
	} {
		*to, _ = m[name].(map[string]any)
	}
	s.local, _ = m["local"].(bool)
	s.attributes, _ = m["attributes"].(bool)
	program, err := wire.Encode([]any{s.file, s.files})
	if err != nil || s.id == "" || len(s.files) == 0 {
		return nil, errStart
	}
	s.digest = sha256.Sum256(program)
	return s, nil
}
