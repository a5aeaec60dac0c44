#!/usr/bin/env bash
# go.temporal.io/sdk 1.51.0 (package testsuite): in the test environment what a RetryPolicy
# leaves out has other defaults than on a server. An activity's MaximumInterval is then its
# InitialInterval, so its retries do not back off: 1s, 1s, 1s, 1s in place of 1s, 2s, 4s, 8s. A
# child workflow's BackoffCoefficient is 0, so it is tried twice in all, whatever
# MaximumAttempts says, and a test has a child fail that would have been well.
# Expected: the fields' comments in temporal.RetryPolicy: MaximumInterval "Default is 100x of
# initial interval", BackoffCoefficient "Default is 2.0". Of the environment only the cap on
# attempts, where MaximumAttempts is 0, is spoken of, in its source.
# Seen: five attempts of an activity by the workflow's clock, and the attempts of a child that
# always fails, each with the field left out and with the documented default written out.
# Way out: write MaximumInterval and BackoffCoefficient into each policy, as below.
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
	"io"
	"log/slog"
	"os"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
)

var attempts int

func Charge(context.Context) error {
	attempts++
	return errors.New("unavailable")
}

func Ship(workflow.Context) error {
	attempts++
	return errors.New("unavailable")
}

// Order runs Charge or Ship, which fail, and gives the time it took by its own clock.
func Order(ctx workflow.Context, what string, policy temporal.RetryPolicy) (time.Duration, error) {
	began := workflow.Now(ctx)
	switch what {
	case "activity":
		ctx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &policy})
		_ = workflow.ExecuteActivity(ctx, Charge).Get(ctx, nil)
	case "child":
		ctx := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{RetryPolicy: &policy})
		_ = workflow.ExecuteChildWorkflow(ctx, Ship).Get(ctx, nil)
	}
	return workflow.Now(ctx).Sub(began), nil
}

func run(what string, policy temporal.RetryPolicy) string {
	attempts = 0
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterActivity(Charge)
	env.RegisterWorkflow(Ship)
	env.ExecuteWorkflow(Order, what, policy)
	var took time.Duration
	if err := env.GetWorkflowResult(&took); err != nil {
		panic(err)
	}
	return fmt.Sprintf("%d attempts in %s", attempts, took)
}

func main() {
	second, most := time.Second, int32(5)
	holds := true
	for _, row := range []struct {
		name, what string
		policy     temporal.RetryPolicy
		want       string
	}{
		{"activity, MaximumInterval left out", "activity", temporal.RetryPolicy{InitialInterval: second, BackoffCoefficient: 2, MaximumAttempts: most}, "5 attempts in 4s"},
		{"activity, MaximumInterval 100s", "activity", temporal.RetryPolicy{InitialInterval: second, BackoffCoefficient: 2, MaximumInterval: 100 * second, MaximumAttempts: most}, "5 attempts in 15s"},
		{"child, BackoffCoefficient left out", "child", temporal.RetryPolicy{InitialInterval: second, MaximumAttempts: most}, "2 attempts in 1s"},
		{"child, BackoffCoefficient 2", "child", temporal.RetryPolicy{InitialInterval: second, BackoffCoefficient: 2, MaximumAttempts: most}, "5 attempts in 15s"},
	} {
		got := run(row.what, row.policy)
		fmt.Printf("%s: %s\n", row.name, got)
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
go get go.temporal.io/sdk/testsuite@v1.51.0 >/dev/null 2>&1
go run .
