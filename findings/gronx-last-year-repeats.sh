#!/usr/bin/env bash
# github.com/adhocore/gronx 1.20.4: after the last run of an expression with a year,
# NextTickAfter gives that very run again and no error. For "0 9 1 1 * 2030", asked on
# 2030-01-01 09:00 for a tick that is not the current one, the answer is 2030-01-01 09:00.
# The search fails, as it should; but a failure is forgotten where the time it began with
# is due, and that time is then the answer. PrevTickBefore does the same at the first run.
# Expected: the README has false, the last argument, as "do not allow the current one", and
# a search that finds nothing as an error: asked a minute later there is one. hashicorp's
# cronexpr 1.1.3 gives the zero time in both cases.
# Seen: three expressions, from their last run and from a minute after it. Who plans the
# next run from the last one runs it for ever.
# Way out: take a result that is not after the reference (!next.After(ref)) for the end.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/adhocore/gronx"
	"github.com/hashicorp/cronexpr"
)

func ours(find func(string, time.Time, bool) (time.Time, error), spec string, ref time.Time) string {
	tick, err := find(spec, ref, false)
	switch {
	case err != nil:
		return "error"
	case tick.Equal(ref):
		return "same"
	}
	return tick.Format(time.DateTime)
}

func main() {
	holds := true
	for _, row := range []struct{ spec, last string }{
		{"0 9 1 1 * 2030", "2030-01-01 09:00:00"},
		{"0 0 1 */6 * 2029-2030", "2030-07-01 00:00:00"},
		{"30 8 * 12 FRI 2030", "2030-12-27 08:30:00"},
	} {
		last, err := time.Parse(time.DateTime, row.last)
		if err != nil {
			panic(err)
		}
		before := ours(gronx.NextTickAfter, row.spec, last.Add(-time.Minute))
		at := ours(gronx.NextTickAfter, row.spec, last)
		after := ours(gronx.NextTickAfter, row.spec, last.Add(time.Minute))
		peer := cronexpr.MustParse(row.spec).Next(last)
		fmt.Printf("%s: before %s | at %s | a minute later %s | cronexpr none: %t\n", row.spec, before, at, after, peer.IsZero())
		holds = holds && before == row.last && at == "same" && after == "error" && peer.IsZero()
	}
	first := time.Date(2030, 1, 1, 9, 0, 0, 0, time.UTC)
	back := ours(gronx.PrevTickBefore, "0 9 1 1 * 2030", first)
	fmt.Println("backwards from the first:", back)
	if !holds || back != "same" {
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
go get github.com/adhocore/gronx@v1.20.4 github.com/hashicorp/cronexpr@v1.1.3 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
