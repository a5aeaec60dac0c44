package durable

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"
)

// log is the file that keeps executions between runs: a line for each change.
// A line that was not written whole is one that nobody was told of.
type log struct {
	path string
	file *os.File
}

// record is a line of the log: what of an execution has changed.
type record struct {
	ID     string        // of the execution
	New    *identity     `json:",omitempty"` // where this is its first line
	State  state         // all of it
	Ops    []*operation  `json:",omitempty"`
	Events []*event      `json:",omitempty"`
	Offset time.Duration `json:",omitempty"` // of the clock
}

// save writes down what of an execution has changed since the last time. The
// lock must be held.
func (g *Engine) save(e *execution) error {
	defer e.clean()
	if g.log == nil {
		return nil
	}
	if g.broken != nil {
		return g.broken
	}
	r := record{ID: e.ID, State: e.state, Events: e.events[e.savedEvents:], Offset: g.offset}
	if e.fresh {
		r.New = &e.identity
	}
	slices.SortFunc(e.dirty, func(a, b *operation) int { return cmp.Compare(a.Changed, b.Changed) })
	r.Ops = slices.Compact(e.dirty)
	line, err := json.Marshal(r)
	if err == nil {
		err = g.log.write(append(line, '\n'))
	}
	if err != nil {
		g.broken = fmt.Errorf("keeping durable executions: %w", err)
	}
	return g.broken
}

func (e *execution) clean() {
	e.fresh = false
	clear(e.dirty)
	e.dirty = e.dirty[:0]
	e.savedEvents = len(e.events)
}

// saveAll saves an execution and those that it has started meanwhile, which
// stand at the end of the order.
func (g *Engine) saveAll(e *execution) error {
	if err := g.save(e); err != nil {
		return err
	}
	for i := len(g.order) - 1; i >= 0 && g.order[i].fresh; i-- {
		if err := g.save(g.order[i]); err != nil {
			return err
		}
	}
	return nil
}

func (l *log) write(line []byte) error {
	if l.file == nil {
		file, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		l.file = file
	}
	_, err := l.file.Write(line)
	return err
}

func (l *log) close() error {
	if l.file == nil {
		return nil
	}
	return errors.Join(l.file.Sync(), l.file.Close())
}

// restore reads the log of an earlier run. A last line that is not whole is cut
// off, and what is too old is left out of a log that is written anew.
func (g *Engine) restore() error {
	file, err := os.Open(g.log.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	byID := map[string]*execution{}
	var list []*execution
	lines, whole := 0, int64(0)
	reader := bufio.NewReaderSize(file, 1<<20)
	for {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		var r record
		if err := json.Unmarshal(bytes.TrimSuffix(line, []byte("\n")), &r); err != nil {
			return fmt.Errorf("%s is damaged in line %d: %w", g.log.path, lines+1, err)
		}
		lines++
		whole += int64(len(line))
		e := byID[r.ID]
		if r.New != nil && e == nil {
			e = &execution{identity: *r.New, byID: map[string]*operation{}}
			byID[r.ID] = e
			list = append(list, e)
		}
		if e == nil {
			return fmt.Errorf("%s is damaged in line %d: it is about an execution that no line begins", g.log.path, lines)
		}
		e.replay(r)
		g.offset = max(g.offset, r.Offset)
	}
	if err := os.Truncate(g.log.path, whole); err != nil {
		return err
	}
	for _, e := range list {
		g.index(e)
		e.clean()
	}
	g.forget(g.now())
	if lines > 4*len(g.order)+1000 || len(g.order) < len(list) {
		return g.rewrite()
	}
	return nil
}

// replay does again what a line says.
func (e *execution) replay(r record) {
	e.state = r.State
	for _, op := range r.Ops {
		if have := e.byID[op.ID]; have != nil {
			*have = *op
			continue
		}
		e.ops = append(e.ops, op)
		e.byID[op.ID] = op
	}
	e.events = append(e.events, r.Events...)
}

// rewrite makes the log anew with one line for each execution.
func (g *Engine) rewrite() error {
	path := g.log.path + ".new"
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(path)
	out := bufio.NewWriter(file)
	enc := json.NewEncoder(out)
	for _, e := range g.order {
		err = errors.Join(err, enc.Encode(record{ID: e.ID, New: &e.identity, State: e.state, Ops: e.ops, Events: e.events, Offset: g.offset}))
	}
	if err := errors.Join(err, out.Flush(), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(path, g.log.path)
}

// Resume goes on with the executions of an earlier run. It does so once, in a
// task of the caller's.
func (g *Engine) Resume() {
	g.resume.Do(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, e := range append([]*execution{}, g.order...) {
			if !e.terminal() {
				g.pickUp(e)
				_ = g.saveAll(e)
			}
		}
		g.settle()
	})
}

// pickUp goes on with an execution. An invocation that was under way has ended
// with the process that it ran in.
func (g *Engine) pickUp(e *execution) {
	now := g.now()
	if e.busy() {
		e.record(invocationCompleted, "", now, detail{
			Request: e.Request, Begin: e.Since, End: now,
			Error: &ErrorObject{ErrorType: "Runtime.ExitError", ErrorMessage: "RequestId: " + e.Request + " Error: the emulator ended"},
		})
		e.Request, e.Since = "", time.Time{}
		e.Count++
		e.Retry = now
	}
	for _, op := range e.ops {
		if op.Type == typeChained && op.Status == started {
			g.rechain(e, op, now)
		}
	}
	g.look(e)
}

// rechain goes on with a chained invoke: with its execution, or with another
// invocation of a function that is not durable.
func (g *Engine) rechain(e *execution, op *operation, now time.Time) {
	if child := g.byARN[op.Child]; child != nil {
		if child.terminal() {
			g.report(child, now)
		}
		return
	}
	f, err := g.functions.Find(e.place(), op.Target)
	switch {
	case err != nil:
		e.close(op, failed, now, detail{Error: &ErrorObject{ErrorType: "ResourceNotFoundException", ErrorMessage: err.Error()}})
	case op.Child == "":
		g.chainPlain(e, op, f)
	default:
		g.chainDurable(e, op, f, op.Child[len(op.Child)-36:], now)
	}
}
