package flows

import (
	"errors"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

func (c *callStep) run(s *state, st *step, path stepPath) (any, error) {
	params, refused, err := c.bind(s)
	if err != nil {
		return nil, err
	}
	ref, err := s.connectionRef(c)
	if refused == nil {
		refused = asRefused(err)
	}
	if err != nil && refused == nil {
		return nil, err
	}
	timeout, err := s.limitOf(st)
	if err != nil {
		return nil, err
	}
	a := Attempt{
		Operation: c.op, Owner: c.owner, Params: params, Connection: ref, Timeout: timeout,
		SingleAttempt: st.retry != nil || c.atMostOnce, IdempotencyKey: s.idempotencyKey(path), Log: s.logger(st, path),
		Secret: c.sensitive || c.gives, Refused: refused,
	}
	effect := a.Effect()
	a.Repeat = c.repeat(st, effect)
	a.AtMostOnce = c.atMostOnce && effect != connector.ReadOnly
	if s.run.elsewhere && (c.sensitive || c.hasSecrets || c.taint != nil) {
		a.Shown = func() map[string]any { return c.shown(params) }
	}
	result, uncertain, failure := c.attempts(s, st, a, path)
	if failure == nil {
		c.noteResult(s, result)
		return result, nil
	}
	if effect == connector.ReadOnly {
		failure.Outcome = connector.OutcomeFailed // whatever happened changed nothing
	}
	if refused == nil {
		failure.Params = c.shown(params)
	}
	if st.undo != nil && uncertain && effect != connector.ReadOnly {
		c.oweUnknown(s, st, path)
	}
	return nil, failure
}

// oweUnknown takes care of a step that may have happened.
func (c *callStep) oweUnknown(s *state, st *step, path stepPath) {
	if st.undo.usesResult {
		s.notUndone = append(s.notUndone, path.String())
		return
	}
	s.owe(st, path, nil)
}

// asRefused gives the error of a connection's parameters that do not fit; nil
// for any other.
func asRefused(err error) *connector.Error {
	if err == nil {
		return nil
	}
	var failure *connector.Error
	if errors.As(err, &failure) && failure.Code == codeConnection {
		return failure
	}
	return nil
}

func (c *callStep) noteResult(s *state, result any) {
	switch {
	case c.sensitive:
		s.run.secrets.noteAll(result)
	case c.gives:
		s.run.secrets.note(result, c.op.Result())
	}
}

// shown gives parameters as people may see them.
func (c *callStep) shown(params map[string]any) map[string]any {
	if c.sensitive {
		masked := make(map[string]any, len(params))
		for name := range params {
			masked[name] = schema.Masked
		}
		return masked
	}
	shown, _ := mask(mask(schema.Plain(params), c.paramsField()), c.taint).(map[string]any)
	shown = maps.Clone(shown)
	for name, v := range shown {
		if text, ok := v.(string); ok && strings.Contains(text, "@") {
			shown[name] = withoutPassword(text)
		}
	}
	return shown
}

// withoutPassword gives a URL without the user name and the password in it.
func withoutPassword(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return text
	}
	u.User = url.User(schema.Masked)
	return u.String()
}

// attempts tries the operation until it succeeds or the retry has had enough.
// uncertain is true if one of the attempts may have happened.
func (c *callStep) attempts(s *state, st *step, a Attempt, path stepPath) (result any, uncertain bool, failure *connector.Error) {
	refused := false
	name, requests := s.pathText(path), 0
	result, err := s.retried(st, path, func() (any, error) {
		a.Number++
		a.Path = attemptPath(name, a.Number)
		v, err := s.rt.Attempt(a)
		refused = err == error(a.Refused) //nolint:errorlint // it is that error, or it is not
		requests += requestsOf(err)
		uncertain = uncertain || err != nil && connector.AsError(err).Outcome == connector.OutcomeUnknown
		return v, err
	}, func(err *connector.Error) bool { return !refused && c.mayRepeat(a.Effect(), err) })
	if err != nil {
		failure := connector.AsError(err)
		return nil, uncertain, withRequests(failure, requests)
	}
	return result, false, nil
}

// requestsOf returns how many requests left in a failed attempt.
func requestsOf(err error) int {
	if err == nil {
		return 0
	}
	return connector.AsError(err).Requests
}

// withRequests gives a failure the requests of all attempts.
func withRequests(failure *connector.Error, n int) *connector.Error {
	if failure.Requests == n {
		return failure
	}
	counted := *failure
	counted.Requests = n
	return &counted
}

// repeat returns what the operation may repeat itself: nothing where the step
// has a retry, which is to be the only one.
func (c *callStep) repeat(st *step, effect connector.Effect) connector.Repeat {
	switch {
	case st.retry != nil:
		return connector.RepeatNothing
	case c.mayRepeat(effect, &connector.Error{Outcome: connector.OutcomeUnknown}):
		return connector.RepeatAny
	default:
		return connector.RepeatNotDone
	}
}

func attemptPath(path string, n int) string {
	if n == 1 {
		return path
	}
	return path + "#" + strconv.Itoa(n)
}

// mayRepeat is false where a call of unknown outcome would be made twice.
func (c *callStep) mayRepeat(effect connector.Effect, err *connector.Error) bool {
	return err.Outcome != connector.OutcomeUnknown || effect == connector.ReadOnly ||
		!c.atMostOnce && (effect == connector.Idempotent || c.idempotent)
}
