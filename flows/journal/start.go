package journal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// start is what a run begins with. It never changes.
type start struct {
	flow   string
	file   string // the flow's file, of the program's
	origin string // where the files were, for people
	inputs map[string]any
	env    map[string]any
	// connections are the defaults of connections; local says that the services
	// were replaced by a sandbox.
	connections map[string]any
	local       bool
	timeout     time.Duration
	at          int64
	// event is what began the run, where it was a trigger.
	event runtime.Event
	// links are what signalUrl makes addresses of, for a run that can.
	links runtime.Links
	// name is what the run is called in the program, and began when it began: those
	// of the first generation, where it was restarted since. gen is nil for that one.
	name  string
	began int64
	gen   *generation.Generation
	apart apart
	// branched is true for a run of a runtime that makes branches of all that may be
	// some, also of one and of what goes one by one.
	branched bool
	meaning  int64 // what the program means, of an earlier version: see meaning
	digest   [32]byte
	files    map[string]any // texts by name
	fixed    *pinnedFiles   // of a run that begins; nil for others
	// shown are the inputs for people, when it is read back; locked says that a
	// key is missing.
	shown  map[string]any
	locked error
}

// meaning counts the changes of what an accepted program means, so that a run
// goes on as it began. Since 1, a branch has a time of its own from its start
// on; before, that was the time at which the loop or the parallel began. Since
// 2, the cases of a switch compare durations and timestamps by value.
// Since 3, where a branch found that it is to stop is counted from its latest
// record on; before, from where branches inside of it ended, if that was later,
// which can be mistaken for a place before they began. Since 4, the retry of a step
// repeats no call with atMostOnce. Since 5, an expression that takes long asks
// whether its branch is to stop. Since 6, each undo has a time limit of its own.
// Since 7, computed names find headers in any case.
const meaning = 7

// The flags of a stored blob.
const (
	inClear  = 0
	isSealed = 1
)

// ErrNeedsKey refuses a run whose beginning would put a secret on the disk.
var ErrNeedsKey = errors.New("its inputs, its environment or its files hold a secret, which a journal stores only encrypted: " +
	"give a key in " + whereKeys + " (openssl rand -base64 32), or declare it under secrets, which are read again instead of stored")

// ErrLinksNeedKey refuses a run that makes addresses with signalUrl: what they are
// made of may stand on the disk only encrypted.
var ErrLinksNeedKey = errors.New("the flow makes addresses with signalUrl, whose secret a journal stores only encrypted: " +
	"give a key in " + whereKeys + " (openssl rand -base64 32)")

func newStart(e runtime.Execution, flow string, keys Keys) (*start, error) {
	s := &start{
		name: e.ID(), meaning: meaning, flow: flow, file: e.File(), origin: e.Origin(), inputs: e.Inputs(), env: e.Env(), timeout: e.Timeout(),
		connections: e.ConnectionDefaults(), local: e.Sandboxed(),
		at: time.Now().UnixNano(), event: e.Began(),
		links: e.Links(),
	}
	s.began = s.at
	if keys.none() {
		for _, name := range e.SecretEnv() {
			delete(s.env, name) // a resume reads it again, as it does secrets
		}
	}
	pinned, err := e.Pinned(pin)
	if err != nil {
		return nil, fmt.Errorf("pinning the program: %w", err)
	}
	s.fixed = pinned.(*pinnedFiles) //nolint:forcetypeassert // pin gave it
	s.digest, s.files = s.fixed.digest, s.fixed.files
	return s, nil
}

// pinnedFiles is what is stored of a program in the clear. It never changes.
type pinnedFiles struct {
	digest [sha256.Size]byte
	files  map[string]any // texts by name
	blob   []byte
}

func pin(files map[string][]byte) (any, error) {
	p := &pinnedFiles{files: map[string]any{}}
	for name, text := range files {
		p.files[name] = text
	}
	text, err := wire.Encode(p.files)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says of what
	}
	p.digest = sha256.Sum256(text)
	p.blob = withSum("program", 0, append([]byte{inClear}, text...))
	return p, nil
}

func filesOf(e runtime.Execution) map[string]any {
	files := map[string]any{}
	for name, text := range e.Files() {
		files[name] = text
	}
	return files
}

// digestOf is by which a program is stored.
func digestOf(files map[string]any) ([sha256.Size]byte, error) {
	text, err := wire.Encode(files)
	return sha256.Sum256(text), err //nolint:wrapcheck // the callers say of what
}

// blobs returns what is stored of a run: the program, and what is the run's own.
func (s *start) blobs(id string, keys Keys, e runtime.Execution) (program, begun []byte, err error) {
	secretFiles := e.HoldsSecret(s.files)
	kept := func(name string) bool { _, ok := s.env[name]; return ok }
	secret := slices.ContainsFunc(e.SecretEnv(), kept) || e.HoldsSecretInput() || e.HoldsSecret(s.inputs) || e.HoldsSecret(s.env) || e.HoldsSecret(s.connections)
	if (secret || secretFiles) && keys.none() {
		return nil, nil, ErrNeedsKey
	}
	if program, err = s.program(keys, secretFiles); err != nil {
		return nil, nil, fmt.Errorf("pinning the program: %w", err)
	}
	if s.links.Base != "" && keys.none() {
		return nil, nil, ErrLinksNeedKey
	}
	open, made := s.generations()
	private, err := s.private(made)
	if err != nil {
		return nil, nil, fmt.Errorf("storing the inputs: %w", err)
	}
	private = flagged(private, keys, secret || s.links.Base != "", "start "+id)
	begun, err = s.public(private, e.ShownInputs(), open)
	if err != nil {
		return nil, nil, fmt.Errorf("storing the inputs: %w", err)
	}
	return program, withSum(id, s.at, begun), nil
}

// private encodes what of a run's own part may hold secrets, behind room for a flag.
func (s *start) private(kept any) ([]byte, error) {
	const keys = 64 // bytes that the keys and what is small take at most
	room := keys + wire.Room(s.inputs) + wire.Room(s.env) + wire.Room(s.connections) + len(s.links.Base) + len(s.links.Seed)
	n := 4
	if s.links.Base != "" {
		n++
	}
	f := wire.StartFields(make([]byte, 1, 1+room), n)
	f.Value("connections", wire.Stored(s.connections))
	f.Value("env", s.env)
	f.Value("inputs", s.inputs)
	f.Value("kept", kept)
	if s.links.Base != "" {
		f.Value("links", []any{s.links.Base, s.links.Seed})
	}
	return f.Done() //nolint:wrapcheck // the caller says of what
}

// public encodes a run's own part.
func (s *start) public(private []byte, shown map[string]any, generation any) ([]byte, error) {
	const keys = 192 // bytes that the keys, the digests and the numbers take at most
	room := keys + len(s.file) + len(s.origin) + len(s.event.Trigger) + len(s.event.Digest) + len(private) + wire.Room(shown) + sumSize
	n := 9
	if len(s.apart) > 0 {
		n++
	}
	if s.event.Trigger != "" {
		n += 2
	}
	f := wire.StartFields(make([]byte, 0, room), n)
	if len(s.apart) > 0 {
		f.Value("apart", s.apart.value(nil))
	}
	f.Bytes("digest", s.digest[:])
	if s.event.Trigger != "" {
		f.Bytes("event", s.event.Digest)
	}
	f.Text("file", s.file)
	f.Value("generation", generation)
	f.Bool("local", s.local)
	f.Integer("meaning", s.meaning)
	f.Text("origin", s.origin)
	f.Bytes("private", private)
	f.Value("shown", shown)
	f.Integer("timeout", int64(s.timeout))
	if s.event.Trigger != "" {
		f.Text("trigger", s.event.Trigger)
	}
	return f.Done() //nolint:wrapcheck // the caller says of what
}

// program returns the files as they are stored.
func (s *start) program(keys Keys, secret bool) ([]byte, error) {
	if s.fixed != nil && !secret {
		return s.fixed.blob, nil
	}
	text, err := blob(s.files, keys, secret, "program")
	return withSum("program", 0, text), err
}

// generations returns what is stored of a run that was restarted; nil for others.
func (s *start) generations() (open, private any) {
	if s.gen == nil {
		return nil, nil
	}
	return s.gen.Values(s.name, s.began)
}

// blob returns a value as it is stored, behind a flag.
func blob(v any, keys Keys, secret bool, about string) ([]byte, error) {
	text, err := wire.Encode(v)
	if err != nil {
		return nil, err
	}
	return flagged(append([]byte{inClear}, text...), keys, secret, about), nil
}

// flagged is blob for what is encoded already, behind room for the flag.
func flagged(text []byte, keys Keys, secret bool, about string) []byte {
	if secret {
		return append([]byte{isSealed}, keys.seal(text[1:], about)...)
	}
	text[0] = inClear
	return text
}

// opened reads what blob wrote.
func opened(src []byte, keys Keys, about string) (map[string]any, error) {
	if len(src) == 0 {
		return nil, wire.ErrTruncated
	}
	flag, text := src[0], src[1:]
	if flag == isSealed {
		plain, err := keys.open(text, about)
		if err != nil {
			return nil, err
		}
		text = plain
	}
	v, err := wire.Decode(text)
	m, ok := v.(map[string]any)
	if err == nil && !ok {
		err = errors.New("it is no map")
	}
	return m, err
}

// readStart reads a run's own part and its program. What only a key opens is
// left out where there is none, and locked says so.
func readStart(r *StoredRun, program []byte, keys Keys) (s *start, err error) {
	m, err := r.own()
	if err != nil {
		return nil, err
	}
	s = &start{name: r.ID, began: nanosOf(r.Started), flow: r.Flow, file: wire.TextAt(m, "file"), origin: wire.TextAt(m, "origin"), timeout: time.Duration(wire.IntegerAt(m, "timeout")), at: nanosOf(r.Started), meaning: wire.IntegerAt(m, "meaning")}
	s.local, _ = m["local"].(bool)
	s.shown, _ = m["shown"].(map[string]any)
	if g, ok := m["generation"].(map[string]any); ok {
		s.readGeneration(g)
	}
	s.apart = readApart(m["apart"])
	digest, _ := m["digest"].([]byte)
	copy(s.digest[:], digest)
	s.event = eventIn(m)
	private, _ := m["private"].([]byte)
	if err := s.readPrivate(private, keys, r.ID); err != nil {
		return nil, fmt.Errorf("its beginning: %w", err)
	}
	return s, s.readProgram(program, keys)
}

// own reads a run's own part.
func (r *StoredRun) own() (map[string]any, error) {
	text, err := checkSum(r.ID, nanosOf(r.Started), r.Start)
	if err != nil {
		return nil, fmt.Errorf("its beginning: %w", err)
	}
	v, err := wire.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("its beginning: %w", err)
	}
	m, _ := v.(map[string]any)
	return m, nil
}

// eventIn returns what began the run, from its own part.
func eventIn(own map[string]any) runtime.Event {
	digest, _ := own["event"].([]byte)
	return runtime.Event{Trigger: wire.TextAt(own, "trigger"), Digest: digest}
}

func (s *start) readPrivate(src []byte, keys Keys, id string) error {
	m, err := opened(src, keys, "start "+id)
	if errors.Is(err, wire.ErrSealed) {
		s.locked = err
		return nil
	}
	s.inputs, _ = m["inputs"].(map[string]any)
	s.env, _ = m["env"].(map[string]any)
	s.connections, _ = m["connections"].(map[string]any)
	if links, _ := m["links"].([]any); len(links) == 2 {
		s.links.Base, _ = links[0].(string)
		s.links.Seed, _ = links[1].([]byte)
	}
	kept, _ := m["kept"].([]any)
	s.gen.ReadKeys(kept)
	return err
}

func (s *start) readProgram(src []byte, keys Keys) error {
	program, err := checkSum("program", 0, src)
	if err != nil {
		return fmt.Errorf("its program: %w", err)
	}
	s.files, err = opened(program, keys, "program")
	if errors.Is(err, wire.ErrSealed) {
		s.locked = err
		return nil
	}
	if err != nil {
		return fmt.Errorf("its program: %w", err)
	}
	if digest, err := digestOf(s.files); err != nil || digest != s.digest {
		return errors.New("its program is not the one that it began with")
	}
	return nil
}
