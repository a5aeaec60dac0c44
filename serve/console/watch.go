package console

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// views are what those see who watch runs. All who watch the same run share what is
// read of it, and what is made of that.
type views struct {
	mu    sync.Mutex
	all   map[string]*view
	steps int // that are kept of all runs
	most  int // that may be; 0 for mostFollowed
}

// mostFollowed is how many steps are kept of all runs that are watched, some hundred
// bytes each. What is beyond is read anew each time, and less often.
const mostFollowed = 100_000

// view is a run as it was last shown.
type view struct {
	readers int // guarded by views.mu
	steps   int // that are kept; guarded by views.mu

	mu       sync.Mutex
	follower *journal.Follower
	mark     string    // what the journal said of the run then
	due      time.Time // when the journal is asked again
	version  int       // counts what was made
	news     chan struct{}
	page     *runPage // without its steps
	before   string   // the run that it was restarted from
	standing standing // of the steps
	parts    []part
	came     string             // all parts that have changed since the version before; empty for the first
	acts     map[string]*action // by who may do what
	frames   map[frameKind][]byte
}

// part is a part of what is shown, which is sent by itself.
type part struct{ name, text string }

// action is what people may do with a run who have the same rights.
type action struct {
	tells string // tells the actions from others
	text  []byte
}

// frameKind tells the frames of a version apart.
type frameKind struct {
	whole  bool
	rights string // of who is sent the actions, too
	acts   bool
}

// of returns the view of a run; done is called when nobody looks any more.
func (v *views) of(id string, j *journal.Journal) (one *view, done func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.all == nil {
		v.all = map[string]*view{}
	}
	one = v.all[id]
	if one == nil {
		one = newView(id, j)
		v.all[id] = one
	}
	one.readers++
	return one, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		if one.readers--; one.readers == 0 {
			v.steps -= one.steps
			delete(v.all, id)
		}
	}
}

func newView(id string, j *journal.Journal) *view {
	return &view{follower: j.Follow(id, trim), news: make(chan struct{})}
}

// keep notes how many steps a view keeps, and reports whether they may be kept.
func (v *views) keep(one *view, steps int) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.steps += steps - one.steps
	if one.steps = steps; v.steps <= cmp.Or(v.most, mostFollowed) {
		return true
	}
	v.steps -= steps
	one.steps = 0
	return false
}

// renew makes a view anew where the run is another than it shows. Somebody who has seen
// nothing is shown it as it is now, others what it was a moment ago.
func (c *Console) renew(ctx context.Context, v *view, id string, first bool) error {
	began := time.Now()
	if !first && began.Before(v.due.Add(-c.look/4)) { // readers do not come at the same time
		return nil
	}
	once := v.page == nil // the program is read, and all that the run did
	err := c.remake(ctx, v, id)
	rest := c.look
	if !once || err != nil || v.follower.Size() == 0 {
		rest = max(rest, restFactor*time.Since(began))
	}
	v.due = time.Now().Add(rest)
	return err
}

// remake reads what came of a run, and shows it where it is another than before.
func (c *Console) remake(ctx context.Context, v *view, id string) error {
	d, from, err := v.follower.Read(ctx)
	if ctx.Err() != nil {
		v.follower.Forget() // what could not be read is not damaged
		return context.Cause(ctx)
	}
	mark := v.follower.Mark()
	if err != nil {
		mark = err.Error()
	}
	if mark == v.mark {
		return nil
	}
	p, err := c.pageOf(d, err)
	if err == nil {
		err = c.show(ctx, v, id, p, from)
	}
	if err != nil {
		v.follower.Forget() // what was shown is not what was read
		return err
	}
	v.mark = mark
	return nil
}

// show makes the parts of a view. The steps before from are what they were.
func (c *Console) show(ctx context.Context, v *view, id string, p *runPage, from int) (err error) {
	d, old := p.Run, v.page
	if old == nil {
		v.before = c.before(ctx, id)
	}
	if p.Before = v.before; old == nil || ended(p.Run.State) {
		_, p.Sources = c.source(ctx, d.Flow, d.File)
	} else {
		p.Sources = old.Sources
	}
	var rows []rowGroup
	if old != nil {
		rows = old.Groups
	}
	p.Groups, p.More = groupsOf(c.config.Prefix, d, rows, from, p.Now)
	if old != nil {
		p.Graph = old.Graph
	}
	c.completeFrom(p, &v.standing, from)
	if !c.views.keep(v, v.follower.Size()) {
		v.follower.Forget()
	}
	parts, err := c.partsOf(p, old, v.parts)
	if err != nil {
		return err
	}
	v.came = ""
	if old != nil {
		if v.came, err = c.changes(p, old, v.parts, parts); err != nil {
			return err
		}
	}
	if old == nil || !sameActions(old, p) {
		v.acts = map[string]*action{}
	}
	slim := *d
	slim.Steps, p.Run = nil, &slim
	v.page, v.parts, v.frames = p, parts, map[frameKind][]byte{}
	v.version++
	close(v.news)
	v.news = make(chan struct{})
	return nil
}

// partNames are the parts of what is shown, in their order. The rows of the steps are
// sent in groups.
var partNames = []string{"head", "graph", "times", didPart, "gave"}

const didPart = "did"

// partsOf makes the parts of a page. What a run gave and what it was given changes with
// its state alone. The rows are made when somebody needs all of them.
func (c *Console) partsOf(p, old *runPage, made []part) ([]part, error) {
	list := make([]part, len(partNames))
	for i, name := range partNames {
		switch {
		case name == didPart:
			list[i].name = name
			continue
		case name == "gave" && old != nil && old.State == p.State:
			list[i] = made[i]
			continue
		}
		text, err := c.text("run-"+name, page{Body: p})
		if err != nil {
			return nil, err
		}
		list[i] = part{name, string(text)}
	}
	return list, nil
}

// changes are the parts that are others than before, each with where it belongs.
func (c *Console) changes(p, old *runPage, was, parts []part) (string, error) {
	var out bytes.Buffer
	for i, one := range parts {
		switch {
		case one.name == didPart:
			if err := c.changedRows(&out, p, old); err != nil {
				return "", err
			}
		case one.text != was[i].text:
			partial(&out, "live-"+one.name, "innerMorph", one.text)
		}
	}
	return out.String(), nil
}

// changedRows writes what changes the rows of the steps.
func (c *Console) changedRows(out *bytes.Buffer, p, old *runPage) error {
	if len(p.Groups) == 0 && len(old.Groups) == 0 {
		return nil
	}
	id, name := "live-more", "run-more"
	if !goOn(old.Groups, p.Groups) {
		id, name = "live-"+didPart, "run-"+didPart
	} else {
		moreRows(out, old.Groups, p.Groups)
	}
	if name == "run-more" && old.Total == p.Total {
		return nil
	}
	text, err := c.text(name, page{Body: p})
	partial(out, id, "innerMorph", string(text))
	return err
}

// partial writes what is swapped into a place of a page.
func partial(out *bytes.Buffer, id, how, text string) {
	out.WriteString(`<hx-partial hx-target="#` + id + `" hx-swap="` + how + `">`)
	out.WriteString(text)
	out.WriteString("</hx-partial>\n")
}

// goOn reports whether rows are others that go on: some of them have gone before them,
// and some have come behind.
func goOn(old, now []rowGroup) bool {
	if len(old) == 0 || len(now) == 0 {
		return false
	}
	newest, oldest := old[0].Number, old[len(old)-1].Number
	return now[0].Number >= newest && now[len(now)-1].Number >= oldest && now[len(now)-1].Number <= newest
}

// moreRows writes what changes rows to others that go on. All places have to be there
// before: the script looks for them first.
func moreRows(out *bytes.Buffer, old, now []rowGroup) {
	newest, last := old[0].Number, now[len(now)-1].Number
	for _, g := range old {
		if g.Number < last {
			partial(out, g.name(), "delete", "")
		}
	}
	var come strings.Builder
	for _, g := range now {
		switch {
		case g.Number > newest:
			come.WriteString(string(g.Whole()))
		case g.Rows != old[newest-g.Number].Rows:
			partial(out, g.name(), "innerMorph", string(g.Rows))
		}
	}
	if come.Len() > 0 {
		partial(out, old[0].name(), "beforebegin", come.String())
	}
}

// sameActions reports whether people may do the same with a run as before.
func sameActions(old, now *runPage) bool {
	return old.State == now.State && old.Sources == now.Sources && old.Run.CancelRequested == now.Run.CancelRequested &&
		reflect.DeepEqual(old.Waits, now.Waits) && reflect.DeepEqual(old.Restart, now.Restart)
}

// seen returns the frame for somebody who has seen a version, and some actions, and what
// tells those that they have then.
func (c *Console) seen(v *view, by *visitor, version int, has string) (text []byte, tells string, err error) {
	acts := v.acts[by.rights()]
	if acts == nil {
		text, err := c.text("run-actions", page{Body: v.page, by: by})
		if err != nil {
			return nil, "", err
		}
		acts = &action{tells: digest(text), text: text}
		v.acts[by.rights()] = acts
	}
	kind := frameKind{whole: version == 0 || version != v.version-1}
	if acts.tells != has {
		kind.acts, kind.rights = true, by.rights()
	}
	if v.frames[kind] == nil {
		v.frames[kind], err = c.frame(v, kind, acts.text)
	}
	return v.frames[kind], acts.tells, err
}

// frame makes a frame: of all parts, or of those that have changed.
func (c *Console) frame(v *view, kind frameKind, acts []byte) ([]byte, error) {
	var out bytes.Buffer
	if !kind.whole {
		out.WriteString(v.came)
	}
	for i := 0; kind.whole && i < len(v.parts); i++ {
		one := v.parts[i]
		if one.name == didPart {
			text, err := c.text("run-"+didPart, page{Body: v.page})
			if err != nil {
				return nil, err
			}
			one.text = string(text)
		}
		out.WriteString(`<div id="live-` + one.name + `">` + one.text + "</div>\n")
	}
	if kind.acts {
		partial(&out, "actions", "innerHTML", string(acts))
	}
	if out.Len() == 0 {
		return []byte{}, nil
	}
	return frame(out.Bytes()), nil
}

// watchRun streams what changes of a run, until it has ended. The actions are sent
// only where they are not what the page has: somebody may be writing into their forms.
func (c *Console) watchRun(w http.ResponseWriter, r *request) {
	id, version, has := r.PathValue("run"), 0, r.URL.Query().Get("has")
	v, done := c.views.of(id, c.config.Journal)
	defer done()
	var news <-chan struct{}
	c.stream(w, r, func() ([]byte, bool, error) {
		v.mu.Lock()
		defer v.mu.Unlock()
		err := c.renew(c.life, v, id, version == 0) // a reader who goes takes nothing from the others
		if news = v.news; err != nil || version == v.version {
			return nil, false, err
		}
		text, tells, err := c.seen(v, &r.visitor, version, has)
		version, has = v.version, tells
		return text, ended(v.page.Run.State), err
	}, func() <-chan struct{} { return news })
}
