package interp

import (
	"errors"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

func (c *CallStep) run(s *state, st *Step, path stepPath) (any, error) {
	if c.Taint != nil {
		s.veils = veils{}
	}
	params, refused, err := c.bind(s)
	if err != nil {
		s.veils = nil
		return nil, err
	}
	c.lendParams(s, params)
	ref, err := s.connectionRef(c)
	hides := c.hidesIn(s)
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
	if refused == nil && timeout == 0 && st.Retry == nil && c.planned().alone {
		if local := s.alone(); local != nil {
			return c.runAlone(s, local, st, path, params)
		}
	}
	a := runtime.Attempt{
		Operation: c.Op, Owner: c.Owner, Params: params, Connection: ref, Timeout: timeout,
		SingleAttempt: st.Retry != nil || c.AtMostOnce, IdempotencyKey: c.keyOf(s, path), Log: c.logger(s, st, path, hides, params),
		Secret: c.Sensitive || c.Gives, Refused: refused,
	}
	if hides != nil {
		a.Hide = hides.failure
	}
	if s.run.renewals != nil {
		a.Renewer = s.run.renewals
	}
	effect := a.Effect()
	a.AtMostOnce = c.AtMostOnce && effect != connector.EffectReadOnly
	a.Repeat = c.repeat(s, st, effect, a.AtMostOnce)
	if s.run.remote && (c.Sensitive || c.HasSecrets || c.Taint != nil) {
		a.Shown = func() map[string]any { return c.shown(params) }
	}
	result, uncertain, failure := c.attempts(s, st, a, path)
	if failure == nil {
		c.noteResult(s, result)
		c.lendResult(s, result)
		c.leave(s, st, params)
		return result, nil
	}
	if refused == nil {
		failure.Params = c.shown(params)
	}
	return nil, c.failed(s, st, path, failure, uncertain && effect != connector.EffectReadOnly, effect)
}

// failed returns the failure of the step. uncertain is true where it may have changed
// something all the same.
func (c *CallStep) failed(s *state, st *Step, path stepPath, failure *report.RunError, uncertain bool, effect connector.Effect) error {
	s.stopLending()
	if effect == connector.EffectReadOnly {
		failure.Outcome = connector.OutcomeFailed // whatever happened changed nothing
	}
	if st.Undo != nil && uncertain {
		c.oweUnknown(s, st, path)
	}
	return failure
}

// stopLending has nothing of the run serve another: an attempt of a call has failed, which
// may have left something behind.
func (s *state) stopLending() {
	s.log = nil
	if rt, ok := s.rt.(*inProcess); ok {
		rt.lent.stop()
	}
}

// keyOf returns the idempotency key of a call; none where only its operation would see
// it, and does not look.
func (c *CallStep) keyOf(s *state, path stepPath) string {
	if !s.run.remote && c.Op.IgnoresKey != nil && c.Op.IgnoresKey() {
		return ""
	}
	return s.idempotencyKey(path)
}

// oweUnknown takes care of a step that may have happened.
func (c *CallStep) oweUnknown(s *state, st *Step, path stepPath) {
	if st.Undo.UsesResult {
		s.notUndone = append(s.notUndone, path.String())
		s.run.owed.add(path.String())
		return
	}
	s.registerUndo(st, path, nil)
}

// asRefused returns the error of a connection's parameters that do not fit; nil
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

func (c *CallStep) noteResult(s *state, result any) {
	switch {
	case c.Sensitive:
		s.run.secrets.noteAll(result)
	case c.Gives:
		s.run.secrets.note(result, c.Op.Result())
	}
}

// shown returns parameters as people may see them.
func (c *CallStep) shown(params map[string]any) map[string]any {
	if c.Sensitive {
		masked := make(map[string]any, len(params))
		for name := range params {
			masked[name] = schema.Masked
		}
		return masked
	}
	shown, _ := mask(mask(value.Plain(params), c.ParamsField()), c.Taint).(map[string]any)
	shown = maps.Clone(shown)
	for name, v := range shown {
		if text, ok := v.(string); ok && strings.Contains(text, "@") {
			shown[name] = withoutPassword(text)
		}
	}
	return shown
}

// withoutPassword returns a URL without the user name and the password in it.
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
func (c *CallStep) attempts(s *state, st *Step, a runtime.Attempt, path stepPath) (result any, uncertain bool, failure *report.RunError) {
	refused, name, requests := false, "", 0
	if s.run.remote || s.run.listening || st.Retry != nil {
		name = s.pathText(path) // nobody else asks
	}
	result, err := s.retried(st, path, func() (any, error) {
		a.Number++
		a.Path = attemptPath(name, a.Number)
		v, err := s.rt.Attempt(a)
		if failure := report.AsRunError(err); failure != nil {
			uncertain = uncertain || failure.Outcome == connector.OutcomeUnknown || failure.InDoubt
		}
		refused = err == error(a.Refused) //nolint:errorlint // it is that error, or it is not
		if err != nil && !refused {
			err = a.Hidden(err)
		}
		if err != nil {
			s.stopLending()
		}
		requests += requestsOf(err)
		return v, err
	}, func(err *report.RunError) bool {
		return !refused && c.mayRepeat(a.Effect(), err) && (!a.AtMostOnce || s.run.config.RetriesAtMostOnce)
	})
	if err != nil {
		return nil, uncertain, withRequests(report.AsRunError(err), requests)
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
func withRequests(failure *report.RunError, n int) *report.RunError {
	if failure.Requests == n {
		return failure
	}
	counted := *failure
	counted.Requests = n
	return &counted
}

// repeat returns what the operation may repeat itself: nothing where the step
// has a retry that is to be the only one, which it is not of a call that is made
// at most once.
func (c *CallStep) repeat(s *state, st *Step, effect connector.Effect, atMostOnce bool) connector.Repeat {
	switch {
	case st.Retry != nil && (!atMostOnce || s.run.config.RetriesAtMostOnce):
		return connector.RepeatNothing
	case c.mayRepeatUnknown(effect):
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
func (c *CallStep) mayRepeat(effect connector.Effect, err *report.RunError) bool {
	return err.Outcome != connector.OutcomeUnknown || c.mayRepeatUnknown(effect)
}

// mayRepeatUnknown reports whether a call may be made again of which nobody knows what
// it did.
func (c *CallStep) mayRepeatUnknown(effect connector.Effect) bool {
	return effect == connector.EffectReadOnly || !c.AtMostOnce && (effect == connector.EffectIdempotent || c.Idempotent)
}
