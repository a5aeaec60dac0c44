#!/usr/bin/env bash
# github.com/channelmeter/iso8601duration (8da3af7a2a61): what its pattern does not know is left
# out, from there to the end, without an error: "PT1.5S" and "PT0.5H" are no time at all,
# and "P1DT1.5H" is a day. A time-out of half an hour is over at once.
# Expected: ISO 8601: the smallest part may have a decimal fraction. The package has months as
# what it leaves out of the standard, with an error for them (ErrNoMonth), and ErrBadFormat for
# what it cannot read. github.com/sosodev/duration 1.4.0 reads all of them.
# Seen: five durations by both packages.
# Way out: compare d.String() with the text, or the other package.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"
	"time"

	iso "github.com/channelmeter/iso8601duration"
	"github.com/sosodev/duration"
)

func main() {
	holds := true
	for _, row := range []struct {
		text        string
		want, right time.Duration
	}{
		{"PT90S", 90 * time.Second, 90 * time.Second},
		{"P1DT2H", 26 * time.Hour, 26 * time.Hour},
		{"PT1.5S", 0, 1500 * time.Millisecond},
		{"PT0.5H", 0, 30 * time.Minute},
		{"P1DT1.5H", 24 * time.Hour, 25*time.Hour + 30*time.Minute},
	} {
		d, err := iso.FromString(row.text)
		if err != nil {
			fmt.Println(row.text, err)
			holds = false
			continue
		}
		peer, err := duration.Parse(row.text)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s: %s; sosodev/duration %s\n", row.text, d.ToDuration(), peer.ToTimeDuration())
		holds = holds && d.ToDuration() == row.want && peer.ToTimeDuration() == row.right
	}
	if !holds {
		fmt.Println("changed")
		os.Exit(1)
	}
	fmt.Println("holds")
}
EOF
cat >go.mod <<'EOF'
module finding

go 1.26
EOF
go get github.com/channelmeter/iso8601duration@v0.0.0-20150204201828-8da3af7a2a61 github.com/sosodev/duration@v1.4.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
