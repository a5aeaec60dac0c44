package lambdasvc

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// letter is an event that its function did not handle, however often it
// was tried.
type letter struct {
	Time          time.Time `json:"time"`
	RequestID     string    `json:"requestId"`
	FunctionArn   string    `json:"functionArn"`
	Condition     string    `json:"condition"` // RetriesExhausted or EventAgeExceeded
	Attempts      int       `json:"attempts"`
	FunctionError string    `json:"functionError,omitempty"`
	Request       string    `json:"request"`            // the payload of the event
	Response      string    `json:"response,omitempty"` // what the last attempt gave
}

// Limits of what is kept for events.
const (
	lettersKept  = 1000
	letterBytes  = 64 << 20
	queueBytes   = 256 << 20
	throttleWait = 250 * time.Millisecond
	eventAge     = 6 * time.Hour
)

// events are the events under way and those that failed for good.
type events struct {
	delays []time.Duration // before an event is tried again

	mu      sync.Mutex
	queued  int64 // bytes of payloads
	letters []letter
	bytes   int
}

// accept counts an event in where there is room for it.
func (e *events) accept(payload []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.queued+int64(len(payload)) > queueBytes {
		return service.Failure("ServiceException", http.StatusServiceUnavailable, "the emulator keeps at most %d bytes of events", queueBytes)
	}
	e.queued += int64(len(payload))
	return nil
}

func (e *events) release(payload []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.queued -= int64(len(payload))
}

// bury keeps a letter; old ones make room for it.
func (e *events) bury(l letter) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.letters = append(e.letters, l)
	e.bytes += l.size()
	for len(e.letters) > lettersKept || e.bytes > letterBytes && len(e.letters) > 1 {
		e.bytes -= e.letters[0].size()
		e.letters = slices.Delete(e.letters, 0, 1)
	}
}

func (l letter) size() int { return len(l.Request) + len(l.Response) }

func (e *events) all() []letter {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]letter{}, e.letters...)
}

// eventRule is how an event of one function is tried again.
type eventRule struct {
	retries int
	age     time.Duration
}

// eventRule reads the function's configuration for the qualifier.
func (f *function) eventRule(qualifier string, retries int) eventRule {
	rule := eventRule{retries: retries, age: eventAge}
	config := f.events[orLatest(qualifier)]
	if config.MaximumRetryAttempts != nil {
		rule.retries = min(retries, *config.MaximumRetryAttempts)
	}
	if config.MaximumEventAgeInSeconds != nil {
		rule.age = time.Duration(*config.MaximumEventAgeInSeconds) * time.Second
	}
	return rule
}

// runEvent runs a function whose caller does not wait, and again where it
// fails. An event that is waiting when the emulator closes is dropped.
func (l *API) runEvent(t target, in invokeInput, requestID string) {
	defer l.events.release(in.payload)
	started := l.store.clock()
	dead := letter{RequestID: requestID, FunctionArn: t.ref.arn(orLatest(t.ref.qualifier)), Request: string(in.payload)}
	for {
		out, err := l.attempt(t, in, requestID)
		if service.AsAPIError(err).Status == http.StatusTooManyRequests && err != nil {
			if !l.tasks.Pause(throttleWait) {
				return
			}
			if l.store.clock().Sub(started) > t.rule.age {
				dead.Condition = "EventAgeExceeded"
				break
			}
			continue
		}
		dead.Attempts++
		if err == nil && out.functionError == "" {
			return
		}
		dead.FunctionError, dead.Response = out.functionError, string(out.payload)
		if err != nil {
			dead.Response = service.AsAPIError(err).Error()
		}
		if dead.Attempts > t.rule.retries {
			dead.Condition = "RetriesExhausted"
			break
		}
		if !l.tasks.Pause(l.events.delays[dead.Attempts-1]) {
			return
		}
		if l.store.clock().Sub(started) > t.rule.age {
			dead.Condition = "EventAgeExceeded"
			break
		}
	}
	dead.Time = l.store.clock()
	l.events.bury(dead)
}

// attempt picks a version, as an alias may send each attempt elsewhere, and
// runs it.
func (l *API) attempt(t target, in invokeInput, requestID string) (outcome, error) {
	p, err := l.begin(t.ref, in, requestID)
	if err != nil {
		return outcome{}, err
	}
	return l.run(p)
}
