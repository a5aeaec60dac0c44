package tree

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// Options say where and how a tree is drawn.
type Options struct {
	Out   io.Writer
	Size  func() (width, height int) // asked before each drawing
	Now   func() time.Time
	Color bool
	Every time.Duration // between two drawings; zero means 80 ms
}

// maxFinal bounds the last drawing, which need not fit the terminal: nothing is
// drawn over it.
const maxFinal = 200

// Live draws a tree in place while a run goes on.
type Live struct {
	options Options
	mu      sync.Mutex
	tree    *Tree
	drawn   int      // lines of the last drawing
	said    []string // log lines of operations, to be written above the tree
	frame   int

	stop    chan struct{}
	stopped sync.WaitGroup
	once    sync.Once
}

// Start begins to draw. The caller ends it with Close.
func Start(options Options) *Live {
	if options.Every <= 0 {
		options.Every = 80 * time.Millisecond
	}
	l := &Live{options: options, tree: New(), stop: make(chan struct{})}
	l.stopped.Go(l.loop)
	return l
}

// Event takes an event into the tree; it is a flows.Listener.
func (l *Live) Event(e report.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.Type == report.StepLogged {
		l.say(e)
		return
	}
	l.tree.Apply(e)
}

// maxSaid bounds the lines that wait for the next drawing.
const maxSaid = 1000

// say keeps a log line, but for those of level debug: who wants them asks for
// log lines instead of the tree.
func (l *Live) say(e report.Event) {
	if e.Level == connector.LogDebug || len(l.said) >= maxSaid {
		return
	}
	text := fmt.Sprintf("%-5s %s", e.Level, e.Message)
	for _, name := range value.SortedKeys(e.Fields) {
		value, err := value.EncodeJSON(e.Fields[name])
		if err == nil {
			text += " " + name + "=" + string(value)
		}
	}
	l.said = append(l.said, printable(text))
}

// spoken returns the lines that wait, and forgets them.
func (l *Live) spoken() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	said := l.said
	l.said = nil
	return said
}

// Close draws the last state and leaves it on the screen.
func (l *Live) Close() {
	l.once.Do(func() {
		close(l.stop)
		l.stopped.Wait()
		l.draw(true)
	})
}

func (l *Live) loop() {
	ticker := time.NewTicker(l.options.Every)
	defer ticker.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-ticker.C:
			l.draw(false)
		}
	}
}

const (
	hideCursor, showCursor = "\x1b[?25l", "\x1b[?25h"
	wrapOff, wrapOn        = "\x1b[?7l", "\x1b[?7h" // a line that is too wide must not become two
	clearLine, clearBelow  = "\x1b[K", "\x1b[J"
)

// draw writes one frame in one call, so that it does not flicker.
func (l *Live) draw(last bool) {
	said, lines := l.spoken(), l.lines(last)
	if len(said)+len(lines) == 0 && l.drawn == 0 {
		return
	}
	var b bytes.Buffer
	b.WriteString(hideCursor + wrapOff)
	if l.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", l.drawn)
	}
	for _, text := range append(said, lines...) {
		b.WriteString("\r" + text + clearLine + "\n")
	}
	b.WriteString(clearBelow + wrapOn)
	if last {
		b.WriteString(showCursor)
	}
	l.drawn = len(lines)
	// A terminal that is gone takes nothing more; the run goes on without it.
	_, _ = l.options.Out.Write(b.Bytes())
}

func (l *Live) lines(last bool) []string {
	width, height := l.options.Size()
	view := View{Now: l.options.Now(), Width: width, Height: max(height-1, 2), Color: l.options.Color}
	if last {
		view.Height = max(view.Height, maxFinal)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	view.Frame, l.frame = l.frame, l.frame+1
	return l.tree.Lines(view)
}
