#!/usr/bin/env bash
# github.com/go-co-op/gocron/v2 2.21.2: a cron job that runs once an hour leaves out
# one run when the clocks go back: "0 * * * *" in Europe/Berlin runs at 02:00 summer
# time and next at 03:00 winter time, two hours later. What is to keep a job of a
# fixed time of day from running twice takes any next run with the same clock time as
# the last one for such a second run. "*/30 * * * *" is not touched: it runs
# in both hours, the hourly job in one of them only.
# Expected: 25 hours have 25 hourly runs. The cron package beneath gives both
# (github.com/robfig/cron/v3 3.0.1), cron(8) has wildcard hours follow real time, and
# WithDaylightSavingsTimePolicy speaks of clocks that go forward only.
# Seen: job.NextRuns with a fake clock on the day of the change, which is what the
# scheduler uses for its timers.
# Way out: WithLocation(time.UTC) for jobs of each hour, or DurationJob(time.Hour).
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
	_ "time/tzdata"

	"github.com/go-co-op/gocron/v2"
	"github.com/jonboulle/clockwork"
	"github.com/robfig/cron/v3"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	berlin := must(time.LoadLocation("Europe/Berlin"))
	start := time.Date(2026, 10, 24, 22, 30, 0, 0, time.UTC).In(berlin)
	show := func(runs []time.Time) string {
		text := ""
		for _, t := range runs {
			text += t.Format("15:04Z07 ")
		}
		return text
	}
	ours := func(spec string) string {
		s := must(gocron.NewScheduler(gocron.WithLocation(berlin), gocron.WithClock(clockwork.NewFakeClockAt(start))))
		defer func() { _ = s.Shutdown() }()
		job := must(s.NewJob(gocron.CronJob(spec, false), gocron.NewTask(func() {})))
		s.Start()
		return show(must(job.NextRuns(6)))
	}
	beneath := func(spec string) string {
		schedule := must(cron.ParseStandard("CRON_TZ=Europe/Berlin " + spec))
		runs := []time.Time{schedule.Next(start)}
		for len(runs) < 6 {
			runs = append(runs, schedule.Next(runs[len(runs)-1]))
		}
		return show(runs)
	}
	holds := true
	for _, row := range [][3]string{
		{"0 * * * *", "01:00+02 02:00+02 03:00+01 04:00+01 05:00+01 06:00+01 ", "01:00+02 02:00+02 02:00+01 03:00+01 04:00+01 05:00+01 "},
		{"*/30 * * * *", "01:00+02 01:30+02 02:00+02 02:30+02 02:00+01 02:30+01 ", "01:00+02 01:30+02 02:00+02 02:30+02 02:00+01 02:30+01 "},
	} {
		a, b := ours(row[0]), beneath(row[0])
		fmt.Printf("%s\n  gocron %s\n  cron   %s\n", row[0], a, b)
		holds = holds && a == row[1] && b == row[2]
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
go get github.com/go-co-op/gocron/v2@v2.21.2 github.com/robfig/cron/v3@v3.0.1 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
