package serve

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/event"
)

// feed is a trigger by the events of a source.
type feed struct {
	*route
	name string // for people: "orders: sqs orders"

	mu        sync.Mutex
	listening backlogger // what is listened to; nil where nothing is
	mute      bool       // it was told that it does not know how much waits
}

// eventsKept is how long runs that events began are kept at least, by their names: a
// queue may give a message again for so long.
const eventsKept = 14 * 24 * time.Hour

// addFeed adds a trigger by the events of a source.
func (t *table) addFeed(r *route) error {
	if r.trigger.Ack == ackRecorded && t.server.config.Journal == nil {
		return errors.New("ack: recorded needs a journal, since the event is done before its run: give --journal, Config.Journal in Go, or say ack: done")
	}
	t.feeds = append(t.feeds, &feed{route: r, name: r.served.Flow.Name() + ": " + r.trigger.Name})
	t.byName[r.key()] = r
	return nil
}

// ackRecorded is what a trigger says whose events are done once their runs are on
// disk.
const ackRecorded = "recorded"

// The pauses of a feed that fails, doubled from one time to the next.
const (
	leastPause = time.Second
	mostPause  = time.Minute
)

// follow opens the source, and takes its events until ctx ends. What fails is tried
// again after a pause.
func (f *feed) follow(ctx context.Context) {
	pause := leastPause
	for ctx.Err() == nil {
		begun := time.Now()
		err := f.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		f.again("the source of a trigger fails: it is tried again", err, pause < mostPause)
		if time.Since(begun) > mostPause {
			pause = leastPause
		}
		sleep(ctx, pause, nil)
		pause = min(2*pause, mostPause)
	}
}

// listen opens the source once. Those that were given by then are settled after it
// has returned: their runs go on, also when other files are served.
func (f *feed) listen(ctx context.Context) error {
	if !f.table.use() {
		return errEnds
	}
	notice := func(text string, err error) {
		f.server.config.Notice(Notice{Problem: true, Passing: err == nil, Text: f.name + ": " + text, Err: err})
	}
	l, err := f.trigger.Listen(ctx, notice, f.server.config.Now, f.server.options(f.served)...)
	if err != nil {
		f.table.drop()
		return err //nolint:wrapcheck // it names the place
	}
	forget := f.listens(l)
	var under sync.WaitGroup
	defer f.server.work.Go(func() {
		under.Wait()
		forget()
		_ = l.Close() // nothing is lost by it
		f.table.drop()
	})
	f.places.bound(l.Concurrency())
	pause := leastPause
	for {
		free, ok := f.places.takeAll(ctx)
		if !ok {
			return ctx.Err() //nolint:wrapcheck // nobody sees it
		}
		events, err := l.Next(ctx, free)
		for range free - len(events) {
			f.places.leave()
		}
		if err != nil {
			if ctx.Err() != nil {
				return err //nolint:wrapcheck // nobody sees it
			}
			f.again("a source gives no events: it is asked again", err, pause < mostPause)
			sleep(ctx, pause, nil)
			pause = min(2*pause, mostPause)
			continue
		}
		pause = leastPause
		for _, e := range events {
			under.Go(func() {
				defer f.places.leave()
				f.handle(ctx, e)
			})
		}
	}
}

// tell tells operators of the trigger.
func (f *feed) tell(text, run string, err error) {
	f.server.config.Notice(Notice{Problem: true, Text: f.name + ": " + text, Run: run, Err: err})
}

// again tells operators of what is tried again; passing says that it has not failed for long.
func (f *feed) again(text string, err error, passing bool) {
	f.server.config.Notice(Notice{Problem: true, Passing: passing, Text: f.name + ": " + text, Err: err})
}

// generations returns how many runs of an event there are, in their order: those
// after the first were begun by later deliveries.
func (f *feed) generations(ctx context.Context, identity string) (int, error) {
	j := f.server.config.Journal
	if j == nil {
		return 0, nil
	}
	there := func(n int) (bool, error) {
		_, err := j.Beginning(ctx, f.runName(identity, n))
		var unknown *journal.UnknownRunError
		if errors.As(err, &unknown) {
			return false, nil
		}
		return err == nil, err //nolint:wrapcheck // it names the run
	}
	least, most := 0, 1
	for { // the first that is not there, by steps that double
		ok, err := there(most)
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		least, most = most, 2*most
	}
	for most-least > 1 {
		middle := (least + most) / 2
		ok, err := there(middle)
		if err != nil {
			return 0, err
		}
		if ok {
			least = middle
		} else {
			most = middle
		}
	}
	return least, nil
}

// runName is the name of a run of an event: the first, or a later one.
func (f *feed) runName(identity string, generation int) string {
	return event.RunName(f.served.Flow.Name(), f.trigger.Name, identity, fmt.Sprint("event ", generation))
}

// fate says what becomes of an event whose run has ended.
func (f *feed) fate(g *running, attempt int) connector.Settlement {
	s := connector.Settlement{Fate: connector.EventDone}
	if g.err == nil {
		return s
	}
	s.Fate, s.After = connector.EventStays, backoff(attempt)
	if g.state == journal.Failed && len(notUndone(g.err)) == 0 {
		s.Fate = connector.EventAgain
	}
	return s
}

// backoff is how long an event is left alone after it was given so many times.
func backoff(attempt int) time.Duration {
	const most = 5 * time.Minute
	d := time.Second
	for range attempt - 1 {
		if d *= 2; d >= most {
			return most
		}
	}
	return d
}
