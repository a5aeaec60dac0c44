#!/usr/bin/env bash
# github.com/ThreeDotsLabs/watermill 1.5.1: middleware.DelayOnError cuts its Multiplier
# to a whole number. With 1.5 the delay never grows, and with anything below 1 it is
# 0 from the second failure on: such a message comes back at once, for ever.
# Expected: Multiplier is a float64, "Subsequent intervals will be scaled by
# Multiplier"; middleware.Retry has a field of the same name and comment, and there
# 1.5 is 1.5.
# Seen: the delay that the middleware writes into a message that fails five times,
# InitialInterval 1s, MaxInterval 1h. MaxInterval is applied from the second failure
# on, so an InitialInterval above it is used as it is once.
# Way out: a whole Multiplier of at least 2, or delay.Message in a middleware of one's
# own.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ThreeDotsLabs/watermill/components/delay"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
)

func delays(multiplier float64) string {
	d := middleware.DelayOnError{InitialInterval: time.Second, MaxInterval: time.Hour, Multiplier: multiplier}
	handler := d.Middleware(func(*message.Message) ([]*message.Message, error) { return nil, errors.New("not yet") })
	msg := message.NewMessage("1", nil)
	all := []string{}
	for range 5 {
		if _, err := handler(msg); err == nil {
			panic("no error")
		}
		all = append(all, msg.Metadata.Get(delay.DelayedForKey))
	}
	return fmt.Sprint(all)
}

func main() {
	holds := true
	for _, row := range []struct {
		multiplier float64
		want       string
	}{
		{2, "[1s 2s 4s 8s 16s]"},
		{2.9, "[1s 2s 4s 8s 16s]"},
		{1.5, "[1s 1s 1s 1s 1s]"},
		{0.5, "[1s 0s 0s 0s 0s]"},
	} {
		got := delays(row.multiplier)
		fmt.Printf("multiplier %v: %s\n", row.multiplier, got)
		holds = holds && got == row.want
	}
	if !holds {
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
go get github.com/ThreeDotsLabs/watermill@v1.5.1 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
