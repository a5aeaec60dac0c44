#!/usr/bin/env bash
# github.com/throttled/throttled/v2 2.15.0: RateLimitCtx with quantity 0, which is to look
# only, takes a token if another request for the key comes in between. The first attempt
# sets quantity to 1 to find RetryAfter; where its write loses against the other request,
# the second attempt takes that 1 for what was asked for. A dashboard or a queue that looks
# at a busy key uses up its limit, and may be told "limited" for looking.
# Expected: the documentation of RateLimitCtx: "If quantity is 0, no update is performed
# allowing you to "peek" at the state".
# Seen: a limit of ten, with a store that lets one request in between the reading and the
# writing of a look, as two processes with one Redis do: one request and one look leave
# eight, where one request and a look that is alone leave nine.
# Way out: look through a store whose SetIfNotExistsWithTTL and CompareAndSwapWithTTL say
# true and write nothing (below): then nothing is taken and the answer is the same.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/memstore"
)

// busy runs between once, after the next reading.
type busy struct {
	throttled.GCRAStoreCtx
	between func()
}

func (b *busy) GetWithTime(ctx context.Context, key string) (int64, time.Time, error) {
	value, now, err := b.GCRAStoreCtx.GetWithTime(ctx, key)
	if f := b.between; f != nil {
		b.between = nil
		f()
	}
	return value, now, err
}

// readOnly is a store that says that it has written.
type readOnly struct{ throttled.GCRAStoreCtx }

func (readOnly) SetIfNotExistsWithTTL(context.Context, string, int64, time.Duration) (bool, error) {
	return true, nil
}

func (readOnly) CompareAndSwapWithTTL(context.Context, string, int64, int64, time.Duration) (bool, error) {
	return true, nil
}

func remaining(store throttled.GCRAStoreCtx, quantity int) int {
	quota := throttled.RateQuota{MaxRate: throttled.PerDay(1), MaxBurst: 9}
	limiter, err := throttled.NewGCRARateLimiterCtx(store, quota)
	if err != nil {
		panic(err)
	}
	_, result, err := limiter.RateLimitCtx(context.Background(), "key", quantity)
	if err != nil {
		panic(err)
	}
	return result.Remaining
}

// left is what one request and one look leave, the request before or within the look.
func left(within bool, look func(throttled.GCRAStoreCtx) throttled.GCRAStoreCtx) int {
	memory, err := memstore.NewCtx(10)
	if err != nil {
		panic(err)
	}
	store := &busy{GCRAStoreCtx: memory}
	request := func() { remaining(memory, 1) }
	if within {
		store.between = request
	} else {
		request()
	}
	remaining(look(store), 0)
	return remaining(readOnly{memory}, 0)
}

func main() {
	plain := func(s throttled.GCRAStoreCtx) throttled.GCRAStoreCtx { return s }
	careful := func(s throttled.GCRAStoreCtx) throttled.GCRAStoreCtx { return readOnly{s} }
	alone, crossed, wayOut := left(false, plain), left(true, plain), left(true, careful)
	fmt.Printf("a request, then a look: %d left of 10\na request within a look: %d left\nthe same, way out: %d left\n", alone, crossed, wayOut)
	if alone != 9 || crossed != 8 || wayOut != 9 {
		fmt.Println("changed")
		os.Exit(1)
	}
	fmt.Println("holds")
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/throttled/throttled/v2@v2.15.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
