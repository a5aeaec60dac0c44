#!/usr/bin/env bash
# github.com/cschleiden/go-workflows 1.2.0: the first retry of an activity or a
# sub-workflow does not wait RetryOptions.FirstRetryInterval but that times
# BackoffCoefficient: the count has moved on before the power is taken. And a
# coefficient that is left out is 0, not 1: then no retry waits at all, whatever
# FirstRetryInterval says.
# Expected: the field's comment, "Time to wait before first retry"; Dapr's workflows
# have the same fields, where the first wait is the first interval.
# Seen, in the package's own tester: with 1s and a coefficient of 2 the waits are
# 2s, 4s, 8s; with the coefficient left out 0s, 0s, 0s. With a coefficient of 10 and
# a RetryTimeout of 5s there is no retry, though the first wait was to be 1s.
# Way out: FirstRetryInterval = the wanted first wait divided by the coefficient, and
# always a coefficient of at least 1.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/cschleiden/go-workflows/tester"
	"github.com/cschleiden/go-workflows/workflow"
)

// waits gives the times between the attempts of an activity that always fails, by
// the tester's clock, which moves with the workflow's timers only.
func waits(options workflow.RetryOptions) string {
	var attempts []time.Time
	var now func() time.Time
	activity := func(context.Context) error {
		attempts = append(attempts, now())
		return errors.New("not yet")
	}
	flow := func(ctx workflow.Context) error {
		_, err := workflow.ExecuteActivity[any](ctx, workflow.ActivityOptions{RetryOptions: options}, activity).Get(ctx)
		return err
	}
	t := tester.NewWorkflowTester[any](flow, tester.WithLogger(slog.New(slog.DiscardHandler)))
	now = t.Now
	if err := t.Registry().RegisterActivity(activity); err != nil {
		panic(err)
	}
	t.Execute(context.Background())
	between := []time.Duration{}
	for i := 1; i < len(attempts); i++ {
		between = append(between, attempts[i].Sub(attempts[i-1]))
	}
	return fmt.Sprint(between)
}

func main() {
	holds := true
	for _, row := range []struct {
		options workflow.RetryOptions
		want    string
	}{
		{workflow.RetryOptions{MaxAttempts: 4, FirstRetryInterval: time.Second, BackoffCoefficient: 1}, "[1s 1s 1s]"},
		{workflow.RetryOptions{MaxAttempts: 4, FirstRetryInterval: time.Second, BackoffCoefficient: 2}, "[2s 4s 8s]"},
		{workflow.RetryOptions{MaxAttempts: 4, FirstRetryInterval: time.Second}, "[0s 0s 0s]"},
		{workflow.RetryOptions{MaxAttempts: 4, FirstRetryInterval: time.Second, BackoffCoefficient: 10, RetryTimeout: 5 * time.Second}, "[]"},
	} {
		got := waits(row.options)
		fmt.Printf("first %v, coefficient %v, timeout %v: waits %s\n", row.options.FirstRetryInterval, row.options.BackoffCoefficient, row.options.RetryTimeout, got)
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
go get github.com/cschleiden/go-workflows@v1.2.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
