package serve

import (
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/internal/tick"
	"github.com/medlar-flow/medlar/internal/value"
)

// name is what people call the schedule.
func (k *ticking) name() string {
	return fmt.Sprintf("trigger %q of flow %s", k.route.trigger.Name, k.route.served.Flow.Name())
}

// say tells operators something.
func (k *ticking) say(problem bool, run string, err error, format string, a ...any) {
	k.server.config.Notice(Notice{Problem: problem, Text: k.name() + ": " + fmt.Sprintf(format, a...), Run: run, Err: err})
}

// problem tells operators once what is wrong, until it is well again.
func (k *ticking) problem(what string, err error) {
	if text := what + fmt.Sprint(err); text != k.failing {
		k.failing = text
		k.say(true, "", err, "%s", what)
	}
}

// tell says what became of ticks that begin no run. Those that are left out while
// one run goes are told once.
func (k *ticking) tell(n *tick.News, running string) {
	k.mu.Lock()
	k.leftOut += int64(n.Missed + n.Skipped + n.Full)
	k.mu.Unlock()
	if n.Back > 0 {
		k.say(true, "", nil, "the clock was set back by %s: ticks go on from the new time", n.Back.Round(time.Second))
	}
	if n.Cut {
		k.say(true, "", nil, "more than %d ticks passed while nobody served: those before the last %d begin no run", tick.MostDue, tick.MostDue)
	}
	if n.Missed > 0 {
		k.say(false, "", nil, "%s passed while nobody served and %s no run (missed: %s)", ticksText(n.Missed), begins(n.Missed), k.route.trigger.Missed)
	}
	if n.Full > 0 {
		k.say(true, "", nil, "%s no run: %d ticks wait for theirs already", ticksText(n.Full)+" "+begins(n.Full), tick.MostDue)
	}
	if n.Skipped > 0 && (running == "" || running != k.skippedFor) {
		k.skippedFor = running
		k.say(false, running, nil, "the tick of %s begins no run, since the one before goes (overlap: skip)", value.FormatTime(n.Until))
	}
}

func ticksText(n int) string {
	if n == 1 {
		return "1 tick"
	}
	return fmt.Sprintf("%d ticks", n)
}

func begins(n int) string {
	if n == 1 {
		return "begins"
	}
	return "begin"
}
