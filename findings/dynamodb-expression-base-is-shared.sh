#!/usr/bin/env bash
# github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression 1.10.9: an UpdateBuilder that is
# made from another changes that one, too, and all others made from it. With a base for all
# items, expression.Set(Name("seen"), ...), and base.Set(Name("note"), ...) for those with a
# note, every item after the first with a note gets that note written into it; a second note
# has DynamoDB refuse the update. Builder, with WithFilter and so on, is like it, except
# where it is empty: NewBuilder() itself stays as it was.
# Expected: the methods take and give builders by value, and their documentation has a
# builder go on as another one ("anotherUpdate := update.Remove(...)"). ConditionBuilder.And
# and AddNames of the same package leave what they are called on as it was.
# Seen: the expressions of a base, with two further builders made of it and without.
# Way out: a function that gives a new base each time, in place of a variable.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
)

// names are the attributes that an expression is about.
func names(b expression.Builder) string {
	e, err := b.Build()
	if err != nil {
		panic(err)
	}
	var all []string
	for _, name := range e.Names() {
		all = append(all, name)
	}
	sort.Strings(all)
	return strings.Join(all, " ")
}

func main() {
	name, one := expression.Name, expression.Value(1)
	build := expression.NewBuilder

	base := func() expression.UpdateBuilder { return expression.Set(name("seen"), one) }
	update := base()
	note := update.Set(name("note"), one)
	gone := update.Remove(name("gone"))

	condition := name("a").Equal(one).And(name("b").Equal(one))
	_ = condition.And(name("c").Equal(one))
	projection := expression.NamesList(name("a"), name("b"))
	_ = expression.AddNames(projection, name("c"))

	query := build().WithProjection(projection)
	_ = query.WithFilter(name("filtered").Equal(one))

	holds := true
	for _, row := range []struct{ name, got, want string }{
		{"the base", names(build().WithUpdate(update)), "gone note seen"},
		{"base and note", names(build().WithUpdate(note)), "gone note seen"},
		{"base and gone", names(build().WithUpdate(gone)), "gone note seen"},
		{"base of its own, and note", names(build().WithUpdate(base().Set(name("note"), one))), "note seen"},
		{"builder with projection", names(query), "a b filtered"},
		{"condition", names(build().WithCondition(condition)), "a b"},
		{"projection", names(build().WithProjection(projection)), "a b"},
	} {
		fmt.Printf("%s: %s\n", row.name, row.got)
		holds = holds && row.got == row.want
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
go get github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression@v1.10.9 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
