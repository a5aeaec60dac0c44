// Package stub answers the few requests of AWS Lambda that are measured, so
// cheaply that the client is what limits the speed.
//
//	POST /2015-03-31/functions/NAME/invocations  an answer by name, see below
//	GET  /2016-08-19/account-settings            the account's limits
//	POST /queue                                  a message of SQS, sent
//	POST /table                                  an item of DynamoDB
//	POST /v1/traces                              nothing: spans are taken
//	GET  /held                                   how many calls of "hold" wait
//	POST /release                                answers them
//
// The function "small" answers a small order, "records" 64 KiB of records,
// "text" 64 KiB in one string, "hold" like "small" when it is released, or
// after half a minute. Anything else is 404.
//
// It is no HTTP server for anything else: a request body needs a
// Content-Length, signatures are not looked at.
package stub

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// holdAtMost ends a call of "hold" that nobody releases.
const holdAtMost = 30 * time.Second

// Serve answers on the listener until ctx ends. It returns when all
// connections are closed.
func Serve(ctx context.Context, ln net.Listener) error {
	s := &server{answers: answers(), released: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	var conns sync.WaitGroup
	defer conns.Wait()
	for {
		c, err := ln.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accepting a connection: %w", err)
		}
		conns.Go(func() { s.serve(ctx, c) })
	}
}

type server struct {
	answers map[string][]byte // whole responses by path
	held    atomic.Int64

	mu       sync.Mutex
	released chan struct{}
}

func (s *server) serve(ctx context.Context, c net.Conn) {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	defer c.Close() //nolint:errcheck // nothing is left to send
	in := bufio.NewReaderSize(c, 32<<10)
	for {
		r, err := readRequest(in)
		if err != nil {
			return // the client has gone, or does not speak HTTP
		}
		if r.length >= slow {
			nap()
		}
		if _, err := c.Write(s.answer(ctx, r.path)); err != nil || r.last {
			return
		}
	}
}

func (s *server) answer(ctx context.Context, path string) []byte {
	switch path {
	case pathHold:
		s.hold(ctx)
	case pathHeld:
		return response(200, strconv.AppendInt(nil, s.held.Load(), 10))
	case pathRelease:
		s.mu.Lock()
		close(s.released)
		s.released = make(chan struct{})
		s.mu.Unlock()
	}
	if known, ok := s.answers[path]; ok {
		return known
	}
	return response(404, []byte(`{"Type":"User","Message":"the stub does not know this path"}`))
}

func (s *server) hold(ctx context.Context) {
	s.mu.Lock()
	released := s.released
	s.mu.Unlock()
	s.held.Add(1)
	defer s.held.Add(-1)
	timer := time.NewTimer(holdAtMost)
	defer timer.Stop()
	select {
	case <-released:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// request is what the stub wants to know of a request.
type request struct {
	path   string
	length int  // of the body
	last   bool // the client wants the connection closed
}

// slow is the length of a body that the stub does not answer at once. The
// SDK's client closes the body that it sends when it sees the head of the
// answer; on loopback that comes before net/http is done with sending, which
// costs a connection and a retry after up to seconds. No real service is so
// fast that this would happen.
const slow = 32 << 10

var (
	errRequest = errors.New("this is no request that the stub understands")
	errLength  = errors.New("a body needs a Content-Length")
)

// readRequest reads a request and throws its body away. It allocates the path
// alone.
func readRequest(in *bufio.Reader) (request, error) {
	var r request
	line, err := in.ReadSlice('\n')
	if err != nil {
		return r, err //nolint:wrapcheck // nobody reads it
	}
	_, rest, ok := bytes.Cut(line, []byte(" "))
	target, _, more := bytes.Cut(rest, []byte(" "))
	if !ok || !more {
		return r, errRequest
	}
	path, _, _ := bytes.Cut(target, []byte("?"))
	r.path = string(bytes.TrimSuffix(path, []byte("/")))
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return r, err //nolint:wrapcheck // nobody reads it
		}
		name, value, ok := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(":"))
		if !ok {
			break // the empty line
		}
		switch value = bytes.TrimSpace(value); {
		case is(name, "Content-Length"):
			if r.length, err = strconv.Atoi(string(value)); err != nil || r.length < 0 {
				return r, errRequest
			}
		case is(name, "Transfer-Encoding"):
			return r, errLength
		case is(name, "Connection"):
			r.last = is(value, "close")
		}
	}
	_, err = in.Discard(r.length)
	return r, err //nolint:wrapcheck // nobody reads it
}

// is compares without regard to case; the length decides most of the time.
func is(got []byte, want string) bool {
	return len(got) == len(want) && bytes.EqualFold(got, []byte(want))
}
