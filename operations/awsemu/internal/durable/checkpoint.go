package durable

import (
	"cmp"
	"encoding/base64"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// given is an answer to a checkpoint, which the same request gets again.
type given struct {
	token  string
	client string
	at     time.Time
	body   []byte
}

// Bounds of what is kept for requests that come again.
const (
	answersKept = 4
	answerLife  = 15 * time.Minute
)

// Checkpoint is the body of CheckpointDurableExecution.
type Checkpoint struct {
	CheckpointToken string
	ClientToken     string // "" for none
	Updates         []Update
}

// Checkpoint takes what a function reports, all of it or nothing, and gives the
// answer as JSON.
func (g *Engine) Checkpoint(arn string, in Checkpoint) ([]byte, error) {
	k := &constraints{}
	k.text(in.CheckpointToken, "checkpointToken", 2048, tokenChars)
	if in.ClientToken != "" {
		k.text(in.ClientToken, "clientToken", 64, clientChars)
	}
	if err := k.err(); err != nil {
		return nil, err
	}
	if err := checkShapes(in.Updates); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byARN[arn] == nil {
		return nil, cmp.Or(checkARN(arn), badToken())
	}
	now := g.now()
	e, body, err := g.admit(arn, in.CheckpointToken, in.ClientToken, now)
	if err != nil || body != nil {
		return body, err
	}
	c, err := g.plan(e, in.Updates, now)
	if err != nil {
		return nil, err
	}
	g.commit(c)
	g.advance(e, now)
	body, err = g.reply(e, in, now)
	if err != nil {
		return nil, err
	}
	if !e.terminal() {
		g.arm(e)
	}
	return body, g.saveAll(e)
}

// admit finds the execution that a token is of, or the answer that the same
// request got before.
func (g *Engine) admit(arn, token, client string, now time.Time) (*execution, []byte, error) {
	e := g.byARN[arn]
	if client != "" {
		for _, one := range e.answers {
			if one.token == token && one.client == client && now.Sub(one.at) < answerLife {
				return e, one.body, nil
			}
		}
	}
	if e.token != "" && token == e.token {
		g.advance(e, now)
		if !e.terminal() {
			return e, nil, nil
		}
		_ = g.saveAll(e)
	}
	if plain, err := base64.StdEncoding.DecodeString(token); err == nil {
		id, _, ok := strings.Cut(string(plain), ":")
		if ok && len(id) == 36 && id != e.ID {
			return nil, nil, service.Invalid("Checkpoint token is not valid for the durable execution ARN")
		}
	}
	return nil, nil, badToken()
}

func badToken() error { return service.Invalid("Invalid checkpoint token") }

// reply is the answer to a checkpoint; the function has then seen everything.
func (g *Engine) reply(e *execution, in Checkpoint, now time.Time) ([]byte, error) {
	list := e.news()
	if !e.terminal() {
		if err := g.renew(e); err != nil {
			return nil, err
		}
	}
	room := 100
	for _, op := range list {
		room += 300 + int(weigh(op))
	}
	body := appendAnswer(make([]byte, 0, room), e.token, list)
	e.told()
	if in.ClientToken != "" {
		e.answers = append(e.answers, given{in.CheckpointToken, in.ClientToken, now, body})
		e.answers = e.answers[max(0, len(e.answers)-answersKept):]
	}
	return body, nil
}

// weigh is how many bytes the result and the error of an operation have.
func weigh(op *operation) int64 { return size(op.Result) + int64(op.Error.size()) }

// statePage is the answer of GetDurableExecutionState.
type statePage struct {
	Operations []Operation
	NextMarker string `json:",omitempty"`
}

// State returns a page of the operations of an execution that runs.
func (g *Engine) State(arn, token, marker string, most int) (any, error) {
	if err := checkARN(arn); err != nil {
		return nil, err
	}
	from, err := position(marker)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.byARN[arn]
	if e == nil || e.token == "" || token != e.token {
		return nil, badToken()
	}
	list, next := e.page(from, most, false)
	return statePage{list, pageMarker(next)}, nil
}
