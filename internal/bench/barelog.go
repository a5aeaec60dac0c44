package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/medlar-flow/medlar/flows"
)

// clientBareLog is a flow in memory beside a log that holds nothing of it, written and
// waited for as often as a journal has to be: before each change, and at the end. What
// it reaches is what the disk and the processors leave to any journal that keeps the
// promise, whatever the records are and wherever they are looked for later.
const clientBareLog = "barelog"

// barelogSize is how large the log is made before it is measured, in bytes, so that no
// write makes it larger and each waits for its data alone. It is begun anew when it is
// full.
const barelogSize = 16 << 20

// barelogRecord is how many bytes stand for the records of one commit.
const barelogRecord = 700

// bareLog appends what many write to one file. What they write while the disk works
// goes to it together.
type bareLog struct {
	file *os.File
	at   int64

	mu     sync.Mutex
	next   *batch
	filled *sync.Cond // the next batch has something, or nothing more comes
	closed bool
	ended  chan struct{}
}

type batch struct {
	data []byte
	done chan struct{} // closed once the disk has it
	err  error         // set before
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

func openBareLog(path string) (*bareLog, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("making a log: %w", err)
	}
	for at := int64(0); at < barelogSize && err == nil; at += 1 << 20 {
		_, err = f.WriteAt(make([]byte, 1<<20), at)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return nil, fmt.Errorf("filling a log: %w", err)
	}
	l := &bareLog{file: f, next: newBatch(), ended: make(chan struct{})}
	l.filled = sync.NewCond(&l.mu)
	go l.work()
	return l, nil
}

// add returns when the disk has the record.
func (l *bareLog) add(record []byte) error {
	l.mu.Lock()
	b := l.next
	b.data = append(b.data, record...)
	l.filled.Signal()
	l.mu.Unlock()
	<-b.done
	return b.err
}

func (l *bareLog) work() {
	defer close(l.ended)
	for b := l.take(); b != nil; b = l.take() {
		b.err = l.write(b.data)
		close(b.done)
	}
}

// take waits for a batch; nil is the end.
func (l *bareLog) take() *batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.next.data) == 0 {
		if l.closed {
			return nil
		}
		l.filled.Wait()
	}
	b := l.next
	l.next = newBatch()
	return b
}

func (l *bareLog) write(data []byte) error {
	if l.at+int64(len(data)) > barelogSize {
		l.at = 0
	}
	if _, err := l.file.WriteAt(data, l.at); err != nil {
		return fmt.Errorf("writing the log: %w", err)
	}
	l.at += int64(len(data))
	return syncData(l.file)
}

func (l *bareLog) close() error {
	l.mu.Lock()
	l.closed = true
	l.filled.Signal()
	l.mu.Unlock()
	<-l.ended
	return l.file.Close() //nolint:wrapcheck // nothing is left to write
}

// bareLogTarget runs a flow in memory, with as many waits for the log as it has changes
// and one for its end.
func bareLogTarget(o *order, flow *flows.Flow) (*target, error) {
	l, err := openBareLog(filepath.Join(o.Dir, "bare.log"))
	if err != nil {
		return nil, err
	}
	changes := 1
	if o.Work == workChange {
		changes = 3
	}
	run := func(ctx context.Context, inputs map[string]any, options ...flows.RunOption) (*flows.Result, error) {
		record := make([]byte, barelogRecord)
		for range changes {
			if err := l.add(record); err != nil {
				return nil, err
			}
		}
		result, err := flow.Run(ctx, inputs, options...)
		if err != nil {
			return nil, err //nolint:wrapcheck // the measurement fails with it
		}
		return result, l.add(record)
	}
	return &target{call: flowCall(o, run), close: l.close}, nil
}
