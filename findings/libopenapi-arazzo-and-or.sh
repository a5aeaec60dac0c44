#!/usr/bin/env bash
# github.com/pb33f/libopenapi 0.42.4 (package arazzo): a simple condition of an Arazzo
# workflow is one comparison. Of "$statusCode == 200 || $statusCode == 201" all that is
# after the first == is one text, so 200 is compared with "200 || $statusCode == 201":
# never equal. With != such a condition is always true, and "$statusCode >= 200 &&
# $statusCode < 300" is true for 500, since "500" comes after "200 && ..." as a text.
# There is no error: a step whose call went well fails, one that went badly goes on.
# Expected: the Arazzo Specification 1.0.1 (Criterion Object) lists && and || among
# the operators of simple conditions, and says that string comparisons MUST be case
# insensitive.
# Seen: EvaluateCriterion, which the engine uses for successCriteria and for the
# criteria of actions, gives the wrong answer and a nil error for all rows below but
# the first; 'DONE' is not 'done'.
# Way out: for "and" one criterion for each part (all of them must hold); for "or" a
# criterion of type regex, here context $statusCode with ^20[01]$.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"fmt"
	"os"

	"github.com/pb33f/libopenapi/arazzo"
	"github.com/pb33f/libopenapi/arazzo/expression"
	high "github.com/pb33f/libopenapi/datamodel/high/arazzo"
)

func main() {
	holds := true
	for _, row := range []struct {
		status      int
		condition   string
		right, want bool
	}{
		{200, "$statusCode == 200", true, true},
		{200, "$statusCode == 200 || $statusCode == 201", true, false},
		{500, "$statusCode >= 200 && $statusCode < 300", false, true},
		{404, "$statusCode != 404 && $statusCode != 500", false, true},
		{200, "$inputs.state == 'DONE'", true, false},
	} {
		context := &expression.Context{StatusCode: row.status, Inputs: map[string]any{"state": "done"}}
		got, err := arazzo.EvaluateCriterion(&high.Criterion{Condition: row.condition}, context)
		fmt.Printf("%d, %s: %v, error %v; the specification says %v\n", row.status, row.condition, got, err, row.right)
		holds = holds && err == nil && got == row.want
	}
	context := &expression.Context{StatusCode: 201}
	got, err := arazzo.EvaluateCriterion(&high.Criterion{Context: "$statusCode", Condition: "^20[01]$", Type: "regex"}, context)
	fmt.Println("201, regex ^20[01]$:", got, err)
	if !holds || !got || err != nil {
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
go get github.com/pb33f/libopenapi@v0.42.4 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
