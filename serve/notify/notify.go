// Package notify tells others, by signed requests, of runs that could not undo what
// they did, and of flows that fail more often than they should.
//
// What is to be told is kept until it was: in the journal, in the transaction that
// ends the run, so that it is told at least once whatever is killed; without a
// journal in memory. Begin with [New]; package serve does the rest.
//
// The requests are those of Standard Webhooks: type, timestamp and data in JSON, and
// the headers webhook-id, webhook-timestamp and webhook-signature. They hold no
// value, no message and no secret of a run.
package notify

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// Target is who is told, and of what.
type Target struct {
	// Name names the target in logs, and what the journal keeps for it.
	Name string
	// URL takes the requests; http or https. It may hold a secret, and is not shown.
	URL string
	// Secrets sign the requests: base64 of 24 to 64 bytes behind whsec_. Several while
	// one takes another's place: each makes a signature.
	Secrets []string
	// Flows are the flows that it is about, as patterns such as order-*; none for all.
	Flows []string
	// NotUndone is true where it is told of runs that could not undo what they did.
	NotUndone bool
	// Rate says which rate of failures it is told of; the zero value for none.
	Rate Rate
	// Every is the least time between two requests: what happens meanwhile is told
	// together, and so long the first retry waits. 10 s where it is 0.
	Every time.Duration
}

// Rate is a share of runs that fail.
type Rate struct {
	// Over is the share beyond which it is told: from 0, for any, to below 1.
	Over float64
	// Within is the time whose ended runs are counted; 10 min where it is 0.
	Within time.Duration
	// AtLeast is how many runs must have ended in it; 10 where it is 0.
	AtLeast int
	// On is true where a rate is told at all.
	On bool
}

// Outbox keeps notices until they were told, as a *journal.Journal does.
type Outbox interface {
	AddNotice(ctx context.Context, n journal.Notice) error
	Notices(ctx context.Context, to string, most int) ([]journal.Notice, error)
	DropNotices(ctx context.Context, ids ...string) error
	ForgetNotices(ctx context.Context, before time.Time) error
}

// Config says who is told, and with what.
type Config struct {
	Targets []Target
	Outbox  Outbox // nil for one in memory
	// Say is told what operators are to know of the requests themselves: a target that
	// does not take them, and then does. err holds no secret; nil for nothing wrong.
	Say func(text string, err error)
	Now func() time.Time // nil for the system's clock
}

// Notifier tells the targets. Its methods may be called at the same time.
type Notifier struct {
	config Config
	to     []*recipient
}

// New returns a notifier; Run has it work. The error says what is wrong with the
// targets.
func New(c Config) (*Notifier, error) {
	if c.Outbox == nil {
		c.Outbox = &memory{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Say == nil {
		c.Say = func(string, error) {}
	}
	n := &Notifier{config: c}
	names := map[string]bool{}
	for _, t := range c.Targets {
		if names[t.Name] {
			return nil, fmt.Errorf("two targets are named %q: what is kept for one is known by its name", t.Name)
		}
		names[t.Name] = true
		r, err := newRecipient(n, t)
		if err != nil {
			return nil, fmt.Errorf("target %q: %w", t.Name, err)
		}
		n.to = append(n.to, r)
	}
	return n, nil
}

// newRecipient checks a target.
func newRecipient(n *Notifier, t Target) (*recipient, error) {
	if t.Every <= 0 {
		t.Every = 10 * time.Second
	}
	if t.Rate.Within <= 0 {
		t.Rate.Within = 10 * time.Minute
	}
	if t.Rate.AtLeast <= 0 {
		t.Rate.AtLeast = 10
	}
	u, err := url.Parse(t.URL)
	switch {
	case t.Name == "":
		return nil, errors.New("it has no name")
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("its address is none of http or https") // which may be secret
	case u.User != nil:
		return nil, errors.New("its address has a password: leave it out, requests are signed")
	case len(t.Secrets) == 0:
		return nil, errors.New("no secret signs the requests (echo whsec_$(openssl rand -base64 32))")
	case t.Rate.On && (t.Rate.Over < 0 || t.Rate.Over >= 1):
		return nil, errors.New("a rate of failures is from 0 to below 1, as 0.2 for a fifth of the runs")
	case !t.NotUndone && !t.Rate.On:
		return nil, errors.New("nothing is to be told: give it notUndone or failureRate")
	}
	for _, pattern := range t.Flows {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, fmt.Errorf("%q is no pattern of flows", pattern)
		}
	}
	r := &recipient{Target: t, notifier: n, woken: make(chan struct{}, 1), rates: map[string]*rate{}}
	for _, secret := range t.Secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil || len(key) < 24 || len(key) > 64 {
			return nil, errors.New("a secret is not base64 of 24 to 64 bytes, behind whsec_ (echo whsec_$(openssl rand -base64 32))")
		}
		r.keys = append(r.keys, key)
	}
	r.client = newClient()
	return r, nil
}

// Run tells the targets until ctx ends, and then once more what is left, for at most
// a few seconds.
func (n *Notifier) Run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { n.tidy(ctx) })
	for _, r := range n.to {
		running.Go(func() { r.run(ctx) })
	}
	running.Wait()
}

// tidy forgets, now and then, what is kept for targets that are not there any more.
func (n *Notifier) tidy(ctx context.Context) {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	for {
		if err := n.config.Outbox.ForgetNotices(ctx, n.config.Now().Add(-2*keepFor)); err != nil && ctx.Err() == nil {
			n.config.Say("notify: what is too old cannot be forgotten", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Ended returns what is to be kept of a run that ended: for Journal.KeepNotices. Wake
// has it told, once it is kept.
func (n *Notifier) Ended(end journal.RunEnd) []journal.Notice {
	var list []journal.Notice
	for _, r := range n.to {
		list = append(list, r.ended(end)...)
	}
	return list
}

// Keep keeps what Ended returns, for a run of no journal.
func (n *Notifier) Keep(ctx context.Context, end journal.RunEnd) {
	for _, one := range n.Ended(end) {
		_ = n.config.Outbox.AddNotice(ctx, one) // it is in memory
	}
}

// Wake has what is kept told soon.
func (n *Notifier) Wake() {
	for _, r := range n.to {
		select {
		case r.woken <- struct{}{}:
		default:
		}
	}
}
