package temporal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// KeyVariable is the environment variable that commands read keys from.
const KeyVariable = "MEDLAR_TEMPORAL_KEY"

// whereKeys says where a client and a worker have their keys from, for who runs the command
// and for who writes a program.
const whereKeys = KeyVariable + ", or Options.Keys in Go"

// ErrNeedsKey refuses what would put a secret on the server in the clear.
var ErrNeedsKey = errors.New("it holds a secret, which a Temporal server gets only encrypted: give this process and the workers a key in " +
	whereKeys + " (openssl rand -base64 32), or declare it under secrets, which travel by reference")

// vault writes values so that a declared secret in them travels as a
// reference, and reads them where the secrets are to be had.
type vault struct {
	secrets []runtime.Secret // the longest first, so that one that holds another goes first
	// keyed is true where everything is encrypted.
	keyed bool
}

func newVault(secrets []runtime.Secret, keyed bool) *vault {
	v := &vault{secrets: slices.DeleteFunc(slices.Clone(secrets), func(s runtime.Secret) bool { return s.Value == "" }), keyed: keyed}
	slices.SortStableFunc(v.secrets, func(a, b runtime.Secret) int { return cmp.Compare(len(b.Value), len(a.Value)) })
	return v
}

// minSecret is how long a secret is at least to be found inside of other texts.
const minSecret = 8

// reference says where in a value a text is that is made of secrets, and of
// which.
type reference struct {
	path  []any // names and indices
	parts []any // texts, and the names of secrets
	bytes bool
}

// seal writes a value. The error is ErrNeedsKey where it holds a secret that is
// not a declared one, as holds sees it, and there is no key. shown is the value
// as people may see it; where it differs there must be a reference. It may be
// nil.
func (v *vault) seal(value, shown any, holds func(any) bool) ([]byte, error) {
	var refs []reference
	missing := false
	out := v.refer(value, shown, shown != nil, nil, &refs, &missing)
	if !v.keyed && (missing || holds(out)) {
		return nil, ErrNeedsKey
	}
	list := make([]any, len(refs))
	for i, r := range refs {
		list[i] = []any{r.path, r.parts, r.bytes}
	}
	text, err := wire.Encode([]any{out, list})
	if err != nil {
		return nil, fmt.Errorf("writing a value for Temporal: %w", err)
	}
	return text, nil
}

// refer returns a value without the declared secrets, and notes where they were.
// missing is set where the shown value hides something that is none.
func (v *vault) refer(given, shown any, hides bool, path []any, refs *[]reference, missing *bool) any {
	switch x := given.(type) {
	case map[string]any:
		m, ok := shown.(map[string]any)
		out := make(map[string]any, len(x))
		for _, name := range value.SortedKeys(x) {
			out[name] = v.refer(x[name], pick(m, name, ok, shown), hides, append(path[:len(path):len(path)], name), refs, missing)
		}
		return out
	case []any:
		list, ok := shown.([]any)
		out := make([]any, len(x))
		for i, item := range x {
			hidden := shown
			if ok && i < len(list) {
				hidden = list[i]
			}
			out[i] = v.refer(item, hidden, hides, append(path[:len(path):len(path)], int64(i)), refs, missing)
		}
		return out
	case *value.Payload:
		if slices.ContainsFunc(v.secrets, func(s runtime.Secret) bool { return strings.Contains(string(x.Bytes()), s.Value) }) {
			return v.refer(x.Value(), shown, hides, path, refs, missing)
		}
		if hides && shown == schema.Masked {
			*missing = true
		}
		return x
	case string:
		return v.referText(x, false, hides && isHidden(x, shown), path, refs, missing)
	case []byte:
		return v.referText(string(x), true, hides && isHidden(x, shown), path, refs, missing)
	default:
		if hides && given != nil && shown == schema.Masked {
			*missing = true
		}
		return given
	}
}

func pick(m map[string]any, name string, ok bool, whole any) any {
	if ok {
		return m[name]
	}
	return whole
}

func isHidden(given, shown any) bool {
	if b, ok := given.([]byte); ok {
		text, same := shown.([]byte)
		return !same || string(text) != string(b)
	}
	return given != shown
}

func (v *vault) referText(text string, isBytes, hidden bool, path []any, refs *[]reference, missing *bool) any {
	parts := v.split(text, hidden)
	if len(parts) == 0 {
		if hidden && text != "" {
			*missing = true
		}
		return original(text, isBytes)
	}
	*refs = append(*refs, reference{path: path, parts: parts, bytes: isBytes})
	return original("", isBytes)
}

func original(text string, isBytes bool) any {
	if isBytes {
		return []byte(text)
	}
	return text
}

// split returns the parts of a text that holds secrets, or nothing. A short
// secret counts only where the whole text is one that is hidden.
func (v *vault) split(text string, hidden bool) []any {
	for _, s := range v.secrets {
		if s.Value == text && (hidden || len(s.Value) >= minSecret) {
			return []any{refPart(s.SecretRef)}
		}
		before, after, found := strings.Cut(text, s.Value)
		if !found || len(s.Value) < minSecret {
			continue
		}
		return append(append(v.parts(before), refPart(s.SecretRef)), v.parts(after)...)
	}
	return nil
}

func (v *vault) parts(text string) []any {
	if text == "" {
		return nil
	}
	if parts := v.split(text, false); len(parts) > 0 {
		return parts
	}
	return []any{text}
}

var errReference = errors.New("a reference to a secret cannot be read")

// refPart is a reference to a secret as it is written. One that is in no store
// and no file is written as it was before there were such.
func refPart(ref runtime.SecretRef) []any {
	from := ref.Source
	if !from.Renewable() {
		return []any{ref.Name, from.Env}
	}
	return []any{ref.Name, from.Env, from.File, from.Store, from.ID, from.Key, from.Connection}
}

// open reads what seal wrote. resolve gives the value of a secret.
func open(text []byte, resolve func(runtime.SecretRef) (string, error)) (any, error) {
	s, err := readSealed(text)
	if err != nil {
		return nil, err
	}
	for i := range s.refs {
		if err := s.fill(i, resolve); err != nil {
			return nil, err
		}
	}
	return s.value, nil
}

// sealed is what seal wrote, with references that are not resolved yet.
type sealed struct {
	value  any
	refs   []any
	filled []bool
}

func readSealed(text []byte) (*sealed, error) {
	v, err := wire.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("reading a value from Temporal: %w", err)
	}
	pair, ok := v.([]any)
	if !ok || len(pair) != 2 {
		return nil, errReference
	}
	list, _ := pair[1].([]any)
	return &sealed{pair[0], list, make([]bool, len(list))}, nil
}

// fill resolves one of the references, once.
func (s *sealed) fill(i int, resolve func(runtime.SecretRef) (string, error)) error {
	if s.filled[i] {
		return nil
	}
	s.filled[i] = true
	var err error
	s.value, err = insert(s.value, s.refs[i], resolve)
	return err
}

// below reports whether a reference stands at a place that begins so.
func (s *sealed) below(i int, begin ...any) bool {
	fields, _ := s.refs[i].([]any)
	if len(fields) == 0 {
		return false
	}
	path, _ := fields[0].([]any)
	return len(path) >= len(begin) && slices.Equal(path[:len(begin)], begin)
}

func insert(value, ref any, resolve func(runtime.SecretRef) (string, error)) (any, error) {
	fields, ok := ref.([]any)
	if !ok || len(fields) != 3 {
		return nil, errReference
	}
	path, _ := fields[0].([]any)
	parts, _ := fields[1].([]any)
	isBytes, _ := fields[2].(bool)
	var text strings.Builder
	for _, part := range parts {
		switch p := part.(type) {
		case string:
			text.WriteString(p)
		case []any:
			secret, err := resolveRef(p, resolve)
			if err != nil {
				return nil, err
			}
			text.WriteString(secret)
		default:
			return nil, errReference
		}
	}
	return place(value, path, original(text.String(), isBytes))
}

func resolveRef(p []any, resolve func(runtime.SecretRef) (string, error)) (string, error) {
	if len(p) != 2 && len(p) != 7 {
		return "", errReference
	}
	texts := make([]string, 7)
	for i, v := range p {
		var ok bool
		if texts[i], ok = v.(string); !ok {
			return "", errReference
		}
	}
	return resolve(runtime.SecretRef{Name: texts[0], Source: runtime.SecretSource{
		Env: texts[1], File: texts[2], Store: texts[3], ID: texts[4], Key: texts[5], Connection: texts[6],
	}})
}

// place puts a leaf into a value that was just read.
func place(value any, path []any, leaf any) (any, error) {
	if len(path) == 0 {
		return leaf, nil
	}
	switch at := path[0].(type) {
	case string:
		m, ok := value.(map[string]any)
		if !ok {
			return nil, errReference
		}
		inner, err := place(m[at], path[1:], leaf)
		m[at] = inner
		return m, err
	case int64:
		list, ok := value.([]any)
		if !ok || at < 0 || at >= int64(len(list)) {
			return nil, errReference
		}
		inner, err := place(list[at], path[1:], leaf)
		list[at] = inner
		return list, err
	default:
		return nil, errReference
	}
}

// finder resolves references to secrets that are known already.
func finder(secrets []runtime.Secret) func(runtime.SecretRef) (string, error) {
	return func(ref runtime.SecretRef) (string, error) {
		for _, s := range secrets {
			if s.SecretRef == ref {
				return s.Value, nil
			}
		}
		return "", &missingSecretError{ref: ref}
	}
}

// missingSecretError says that a secret that was referred to is not there.
type missingSecretError struct {
	ref runtime.SecretRef
	err error // why; nil where it is just not there
}

func (e *missingSecretError) Error() string {
	if e.err != nil {
		return fmt.Sprintf("the secret %s is not to be had by this worker: %v", e.ref.Name, e.err)
	}
	return fmt.Sprintf("the secret %s is not to be had by this worker", e.ref.Name)
}

func (e *missingSecretError) Unwrap() error { return e.err }
