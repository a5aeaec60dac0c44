package console_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/serve/console"
)

// mirror is what a browser has of a run that it watches.
type mirror struct {
	t      testing.TB
	html   string
	frames int
	parts  []string
}

var partials = regexp.MustCompile(`(?s)<hx-partial hx-target="#([^"]*)" hx-swap="([^"]*)">(.*?)</hx-partial>`)

// take swaps what a frame brings.
func (m *mirror) take(text string) {
	m.t.Helper()
	if text == "" {
		return
	}
	m.frames++
	text = strings.ReplaceAll(strings.TrimPrefix(text, "data: "), "\ndata: ", "\n")
	if whole, _, _ := strings.Cut(text, "<hx-partial"); strings.TrimSpace(whole) != "" {
		m.html = whole
	}
	all := partials.FindAllStringSubmatch(text, -1)
	for _, found := range all { // as the script does, which swaps then
		if found[1] != "actions" {
			m.find(found[1])
		}
	}
	for _, found := range all {
		id, how, body := found[1], found[2], found[3]
		if m.parts = append(m.parts, how+" "+id); id == "actions" {
			continue
		}
		begin, end, inner := m.find(id)
		switch how {
		case "innerMorph":
			m.html = m.html[:inner] + body + m.html[end:]
		case "delete":
			_, after, _ := strings.Cut(m.html[end:], ">")
			m.html = m.html[:begin] + after
		case "beforebegin":
			m.html = m.html[:begin] + body + m.html[begin:]
		default:
			m.t.Fatalf("%s", found[0])
		}
	}
}

// find returns where an element and its content begin, and where the content ends.
func (m *mirror) find(id string) (begin, end, inner int) {
	m.t.Helper()
	at := strings.Index(m.html, ` id="`+id+`">`)
	if at < 0 {
		m.t.Fatalf("#%s is not there in\n%s", id, m.html)
	}
	begin = strings.LastIndexByte(m.html[:at], '<')
	inner = at + len(id) + 7
	tag := m.html[begin+1 : at]
	for depth, i := 1, inner; ; i++ {
		switch rest := m.html[i:]; {
		case strings.HasPrefix(rest, "<"+tag):
			depth++
		case strings.HasPrefix(rest, "</"+tag+">"):
			if depth--; depth == 0 {
				return begin, i, inner
			}
		}
	}
}

var times = regexp.MustCompile(`(?s)<h2>Timeline</h2>.*?</svg></div>`)

// same fails where the page has other content than what was made of frames.
func (m *mirror) same(a answer) {
	m.t.Helper()
	_, rest, _ := strings.Cut(a.body, `<div id="live"`)
	_, rest, _ = strings.Cut(rest, ">")
	page, _, _ := strings.Cut(rest, "</main>")
	plain := func(text string) string {
		text = strings.Join(strings.Fields(times.ReplaceAllString(text, "")), " ")
		return strings.TrimSuffix(strings.ReplaceAll(text, "> <", "><"), "</div>")
	}
	if want, got := plain(page), plain(m.html+"</div>"); want != got {
		at := 0
		for at < min(len(want), len(got)) && want[at] == got[at] {
			at++
		}
		at = max(0, at-100)
		m.t.Fatalf("%s (%d frames)\n the page has %.600s\nwatched it is %.600s", a.url, m.frames, want[at:], got[at:])
	}
}

// watching returns what looks at a run once more, and holds what was sent against the
// page as it is then.
func (w *world) watching(id string) (m *mirror, look func()) {
	m = &mirror{t: w.t}
	next := console.Watch(w.console, w.t.Context(), id)
	return m, func() {
		w.t.Helper()
		text, err := next()
		if err != nil {
			w.t.Fatal(err)
		}
		m.take(text)
		m.same(w.get("/runs/" + id + "?whole=1"))
	}
}

// What is made of the frames of a run is what its page has, whenever somebody looks:
// while rows come, change and go, and loops are folded. Only what has changed is sent.
func TestFramesMakeThePage(t *testing.T) {
	w := newWorld(t, map[string]string{"t.yaml": `flow: t
inputs: {text: {type: string}}
steps:
  - {id: first, wait: {signal: go, key: first, timeout: 1h}}
  - forEach: "${1..8}"
    as: i
    do:
      - {forEach: "${1..20}", as: k, do: [{call: test.eat, with: {name: "${k}"}}, {call: test.do, with: {name: "${i} <${k}>"}}]}
      - if: "${i == 6}"
        then: [{forEach: "${1..300}", as: k, concurrency: 8, do: [{call: test.do, with: {name: x}}]}]
      - {try: [{call: test.do, with: {name: caught}}], catch: [{do: [{wait: 1ms}]}]}
      - {wait: {signal: go, key: "${i}", timeout: 1h}}
  - {call: test.do, with: {name: last}, undo: [{call: test.do, with: {name: back}}]}
  - {call: test.do, with: {name: broken}}
`})
	w.quiet = true
	w.login()
	w.set("caught", true)
	w.set("broken", true)
	h, err := w.journal.Start(t.Context(), w.load("t.yaml"), map[string]any{"text": "given"}, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	m, look := w.watching("r")
	late, lookLate := w.watching("r") // comes seldom
	for i, key := range []string{"first", "1", "2", "3", "4", "5", "6", "7", "8"} {
		w.until("/runs/r", "Answer go ("+key+")")
		w.until("/runs/r", stands("waiting"))
		look()
		if i%3 == 1 {
			lookLate()
		}
		if err := h.Signal(t.Context(), "go", key, nil); err != nil {
			t.Fatal(err)
		}
		if i == 4 {
			time.Sleep(time.Millisecond) // it is on its way
			text, err := console.Watch(w.console, t.Context(), "r")()
			if err != nil || !strings.HasPrefix(text, "data: <div id=\"live-head\">") {
				t.Errorf("another one who comes reads %.60q, %v", text, err)
			}
		}
	}
	_, _ = h.Wait(t.Context())
	w.until("/runs/r", stands("failed"))
	look()
	lookLate()
	if m.frames != 10 || late.frames != 4 {
		t.Errorf("%d and %d frames", m.frames, late.frames)
	}
	for _, want := range []string{"beforebegin steps-3", "delete steps-1", "innerMorph live-more", "innerMorph live-graph", "innerMorph live-head", "innerMorph actions"} {
		if got := strings.Join(m.parts, ", "); !strings.Contains(got, strings.ReplaceAll(want, "innerMorph actions", "innerHTML actions")) {
			t.Errorf("nothing was sent as %s, but %s", want, got)
		}
	}
}

// A run that is taken away, and another one that comes under its name, are what they are
// for those who watch, as is one that another process goes on with.
func TestFramesOfAnotherRun(t *testing.T) {
	w := newWorld(t, map[string]string{"t.yaml": "flow: t\nsteps: [{call: test.do, with: {name: x}}, {id: ok, wait: {signal: go, timeout: 1h}}, {call: test.do, with: {name: y}}]\n"})
	w.login()
	begin := func() *journal.Handle {
		t.Helper()
		h, err := w.journal.Start(t.Context(), w.load("t.yaml"), nil, flows.WithRunID("r"))
		if err != nil {
			t.Fatal(err)
		}
		w.until("/runs/r", stands("waiting"))
		return h
	}
	h := begin()
	_, look := w.watching("r")
	look()
	h.Interrupt()
	_, _ = h.Wait(t.Context())
	w.until("/runs/r", stands("interrupted"))
	look()
	if h, err := w.journal.StartResume(t.Context(), "r", w.reg); err != nil {
		t.Fatal(err)
	} else if err := h.Signal(t.Context(), "go", "", nil); err != nil {
		t.Fatal(err)
	} else if _, err := h.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	look()
	if _, err := w.journal.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := console.Watch(w.console, t.Context(), "r")(); err == nil {
		t.Error("a run that is not there is watched")
	}
	begin().Interrupt()
	w.until("/runs/r", stands("interrupted"))
	look()
}

// A secret that a run comes to know hides what comes after that; what was said before
// is shown by frames as it is by the page, and by neither once it is encrypted.
func TestFramesOfLateSecrets(t *testing.T) {
	j := keyed(t)
	const late = "quince-late-4799"
	w := newWorld(t, map[string]string{"t.yaml": `flow: t
steps:
  - {id: ask, wait: {signal: code, key: first, timeout: 1h, accepts: {code: {type: secret, required: true}}}}
  - {id: used, call: test.leak, with: {name: "it is ${steps.ask.code}", secret: "${steps.ask.code}"}}
  - {id: more, wait: {signal: code, key: more, timeout: 1h, accepts: {code: {type: secret, required: true}}}}
  - {id: again, call: test.do, with: {name: "${steps.used.name}"}}
  - {call: test.do, with: {name: broken, secret: "${steps.ask.code}"}}
`}, func(c *console.Config) { c.Journal = j })
	w.login()
	w.set("broken", true)
	h, err := j.Start(t.Context(), w.load("t.yaml"), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	w.until("/runs/r", "Answer code (first)")
	m, look := w.watching("r")
	look()
	if err := h.Signal(t.Context(), "code", "first", map[string]any{"code": late}); err != nil {
		t.Fatal(err)
	}
	w.until("/runs/r", "Answer code (more)")
	look()
	if err := h.Signal(t.Context(), "code", "more", map[string]any{"code": late + "-more"}); err != nil {
		t.Fatal(err)
	}
	_, _ = h.Wait(t.Context())
	look()
	if strings.Contains(m.html, late) || !strings.Contains(m.html, "***") {
		t.Errorf("a frame shows the secret, or hides nothing:\n%s", m.html)
	}
}

// Many steps of runs that are watched are not kept; what is sent is the same.
func TestFramesOfMoreThanIsKept(t *testing.T) {
	w := newWorld(t, map[string]string{"t.yaml": "flow: t\nsteps:\n  - {forEach: \"${1..60}\", as: i, do: [{call: test.do, with: {name: x}}]}\n  - {wait: {signal: go, timeout: 1h}}\n  - {call: test.do, with: {name: y}}\n"})
	w.login()
	console.KeepSteps(w.console, 100)
	var looks []func()
	var all []*journal.Handle
	for i := range 3 {
		h, err := w.journal.Start(t.Context(), w.load("t.yaml"), nil, flows.WithRunID(fmt.Sprint("r", i)))
		if err != nil {
			t.Fatal(err)
		}
		w.until("/runs/"+h.ID(), "Answer go")
		_, look := w.watching(h.ID())
		look()
		looks, all = append(looks, look), append(all, h)
	}
	if kept := console.KeptSteps(w.console); kept == 0 || kept > 100 {
		t.Errorf("%d steps are kept", kept)
	}
	for i, h := range all {
		if err := h.Signal(t.Context(), "go", "", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		looks[i]()
	}
	console.EndWatches(w.console)
	if kept := console.KeptSteps(w.console); kept != 0 {
		t.Errorf("%d steps are kept", kept)
	}
}

// Who goes while a run is read leaves the others what they had.
func TestFramesAfterSomebodyWent(t *testing.T) {
	w := newWorld(t, map[string]string{"t.yaml": "flow: t\nsteps: [{call: test.do, with: {name: x}}]\n"})
	w.login()
	w.run("t.yaml", "r", nil)
	gone, cancel := context.WithCancel(t.Context())
	m, look := w.watching("r")
	look()
	cancel()
	if text, err := console.Watch(w.console, gone, "r")(); err == nil {
		t.Errorf("it reads %s", text)
	}
	look()
	if strings.Contains(m.html, "problem") {
		t.Error(m.html)
	}
}
