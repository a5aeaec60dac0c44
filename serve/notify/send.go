package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/reach"
)

const (
	// sendTime is how long a request may take.
	sendTime = 15 * time.Second
	// lastTime is how long the last requests of a process may take.
	lastTime = 5 * time.Second
	// lookEvery is how often the outbox is looked at, where nobody says that there is
	// something: another process may have ended.
	lookEvery = 5 * time.Second
	// mostWait is the most that a retry waits.
	mostWait = 15 * time.Minute
	// keepFor is how long somebody is tried to be told.
	keepFor = 72 * time.Hour
	// mostTogether bounds what one request tells.
	mostTogether = 50
)

// recipient is a target that is told. One goroutine sends.
type recipient struct {
	Target

	notifier *Notifier
	keys     [][]byte
	client   *http.Client
	woken    chan struct{}

	mu    sync.Mutex
	rates map[string]*rate // by flow

	// What is being told: the same until it was taken.
	batch *batch
	tries int
	free  time.Time // no request is sent before
}

// batch is a request.
type batch struct {
	id   string
	at   time.Time // of the oldest
	ids  []string  // of its notices
	body []byte
}

func newClient() *http.Client {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // a program replaced it
		transport = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	transport = transport.Clone()
	transport.MaxIdleConnsPerHost = 1
	return &http.Client{
		Transport: transport, Timeout: sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// run tells the target what the outbox has for it, until ctx ends.
func (r *recipient) run(ctx context.Context) {
	defer r.client.CloseIdleConnections()
	for ctx.Err() == nil {
		rest := r.step(ctx)
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-r.woken:
		}
		timer.Stop()
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTime)
	defer cancel()
	for r.tries == 0 && late.Err() == nil {
		if told, err := r.tell(late); !told || err != nil {
			return
		}
	}
}

// step does what is to be done now, and returns how long nothing is then.
func (r *recipient) step(ctx context.Context) time.Duration {
	now := r.notifier.config.Now()
	for _, n := range r.recovered() {
		if err := r.notifier.config.Outbox.AddNotice(ctx, n); err != nil && ctx.Err() == nil {
			r.say("what is to be told cannot be kept", err)
		}
	}
	if wait := r.free.Sub(now); wait > 0 && wait <= mostWait {
		return min(wait, lookEvery)
	}
	told, err := r.tell(ctx)
	switch {
	case ctx.Err() != nil:
		if err != nil {
			r.tries++ // it is not waited for any longer
		}
		return 0
	case err != nil:
		if r.tries++; r.tries == 1 {
			r.say("does not take what it is told; it is tried again", err)
		}
		r.free = now.Add(r.backoff())
	case told:
		if r.tries > 0 {
			r.say("takes what it is told again", nil)
		}
		r.tries, r.free = 0, now.Add(r.Every)
	default:
		return lookEvery
	}
	return min(r.free.Sub(now), lookEvery)
}

// backoff is how long a retry waits.
func (r *recipient) backoff() time.Duration {
	wait := r.Every
	for range min(r.tries-1, 30) {
		wait = min(2*wait, mostWait)
	}
	return min(wait, mostWait)
}

func (r *recipient) say(text string, err error) {
	r.notifier.config.Say("notify "+r.Name+": "+text, err)
}

// tell sends a request with what is to be told; told is false where nothing is.
func (r *recipient) tell(ctx context.Context) (told bool, err error) {
	out := r.notifier.config.Outbox
	if r.batch == nil {
		list, err := out.Notices(ctx, r.Name, mostTogether)
		if err != nil {
			return false, fmt.Errorf("reading what is to be told: %w", err)
		}
		if r.batch = together(list); r.batch == nil {
			return false, nil
		}
	}
	if r.notifier.config.Now().Sub(r.batch.at) > keepFor {
		r.say("what nobody took for "+keepFor.String()+" is dropped", errors.New("the target takes nothing"))
	} else if err := r.send(ctx, r.batch); err != nil {
		return false, err
	}
	if err := out.DropNotices(ctx, r.batch.ids...); err != nil {
		return false, fmt.Errorf("what was told is told again: %w", err)
	}
	r.batch = nil
	return true, nil
}

// together makes a request of the oldest notices that are of one type; nil for none.
// The same ones have the same id.
func together(list []journal.Notice) *batch {
	b := &batch{}
	var kind, member string
	var items []json.RawMessage
	for _, n := range list {
		var k kept
		if json.Unmarshal(n.Data, &k) != nil || k.Type == "" {
			b.ids = append(b.ids, n.ID) // nobody can read it
			continue
		}
		if kind == "" {
			if kind, member = k.Type, "runs"; strings.HasPrefix(kind, "flow.") {
				member = "flows"
			}
		}
		if k.Type == kind {
			b.ids = append(b.ids, n.ID)
			items = append(items, k.Item)
		}
	}
	if len(items) == 0 {
		return nil
	}
	b.at = list[0].At
	b.id = "msg_" + hash(b.ids...)
	b.body, _ = json.Marshal(map[string]any{ // of what was JSON
		"type": kind, "timestamp": b.at.UTC().Format(time.RFC3339Nano), "data": map[string]any{member: items},
	})
	return b
}

// send sends a request. The error does not show the address.
func (r *recipient) send(ctx context.Context, b *batch) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(b.body))
	if err != nil {
		return errors.New("its address makes no request")
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "medlar")
	req.Header.Set("webhook-id", b.id)
	req.Header.Set("webhook-timestamp", stamp)
	req.Header.Set("webhook-signature", r.sign(b.id, stamp, b.body))
	res, err := r.client.Do(req)
	if err != nil {
		return fmt.Errorf("sending the request: %w", reach.Failure(err))
	}
	defer res.Body.Close() //nolint:errcheck // it was only read
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("it answers with status %d", res.StatusCode)
	}
	return nil
}

// sign returns the signatures of a request, as Standard Webhooks has them.
func (r *recipient) sign(id, stamp string, body []byte) string {
	var list []string
	for _, key := range r.keys {
		sum := hmac.New(sha256.New, key)
		sum.Write([]byte(id + "." + stamp + "."))
		sum.Write(body)
		list = append(list, "v1,"+base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	}
	return strings.Join(list, " ")
}
