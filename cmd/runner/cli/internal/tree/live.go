package tree

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows"
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
	drawn   int // lines of the last drawing
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
func (l *Live) Event(e flows.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tree.Apply(e)
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
	lines := l.lines(last)
	if len(lines) == 0 && l.drawn == 0 {
		return
	}
	var b bytes.Buffer
	b.WriteString(hideCursor + wrapOff)
	if l.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", l.drawn)
	}
	for _, text := range lines {
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
