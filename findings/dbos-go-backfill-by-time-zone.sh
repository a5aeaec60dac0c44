#!/usr/bin/env bash
# github.com/dbos-inc/dbos-transact-golang 1.8.0: BackfillSchedule runs ticks again
# that have run, if start is in another time zone than before. A tick's workflow has
# its time as its id, written with the zone that start has (or, where the schedule
# fires by itself, with the machine's): sched-NAME-2026-03-01T11:00:00Z and
# sched-NAME-2026-03-01T12:00:00+01:00 are one instant and two workflows.
# Expected: "Already-executed times are automatically skipped" (BackfillSchedule), and
# time.Time's own rule that the zone does not change the instant. The schedule below
# has a CronTimezone, so that which instants are meant does not hang on start either.
# Seen: three hours backfilled with start in UTC, then again: three runs. The same
# instants with start in +01:00: six runs, each tick twice.
# Way out: give start as start.Local(), on machines that share one TZ, since the
# schedule's own ticks are written so; or make the workflow idempotent by
# input.ScheduledTime.Unix().
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite"
)

var (
	mu   sync.Mutex
	runs = map[int64]int{}
)

func report(_ dbos.Context, input dbos.ScheduledWorkflowInput) (any, error) {
	mu.Lock()
	defer mu.Unlock()
	runs[input.ScheduledTime.Unix()]++
	return nil, nil
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	ctx := must(dbos.NewContext(context.Background(), dbos.Config{
		AppName: "finding", DatabaseURL: "sqlite:finding.db", Logger: slog.New(slog.DiscardHandler),
	}))
	dbos.RegisterWorkflow(ctx, report)
	must(0, dbos.Launch(ctx))
	// Once a year, in the schedule's own hours: it does not fire while this runs.
	must(0, dbos.CreateSchedule(ctx, dbos.ScheduleSpec{
		ScheduleName: "hours", Schedule: "0 0 11-13 1 3 *", CronTimezone: "UTC", Workflow: report,
	}))
	start := time.Date(2026, 3, 1, 10, 30, 0, 0, time.UTC)
	end := start.Add(3 * time.Hour)
	backfill := func(start, end time.Time) string {
		ids := must(dbos.BackfillSchedule(ctx, "hours", start, end))
		for _, id := range ids {
			must(must(dbos.RetrieveWorkflow[any](ctx, id)).GetResult())
		}
		mu.Lock()
		defer mu.Unlock()
		total := 0
		for _, n := range runs {
			total += n
		}
		fmt.Printf("from %s: first id %s, %d runs of %d ticks\n", start.Format(time.RFC3339), ids[0], total, len(runs))
		return fmt.Sprint(total, len(runs))
	}
	zone := time.FixedZone("", 3600)
	seen := []string{backfill(start, end), backfill(start, end), backfill(start.In(zone), end.In(zone))}
	dbos.Shutdown(ctx, 5*time.Second)
	if fmt.Sprint(seen) != "[3 3 3 3 6 3]" {
		fmt.Println("changed", seen)
		os.Exit(1)
	}
	fmt.Println("holds")
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/dbos-inc/dbos-transact-golang@v1.8.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
