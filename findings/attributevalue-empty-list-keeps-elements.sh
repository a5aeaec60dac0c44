#!/usr/bin/env bash
# github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue 1.21.21: an empty list leaves
# a slice as it was. A list of one makes a slice of one out of three, but a list of none
# leaves all three. Who reads pages into one slice, UnmarshalListOfMaps(page.Items, &orders),
# gets the page before once more where a page is empty, as pages of a filtered query often
# are, the last ones above all; and an item with "tags": [] has those of the item before it.
# Expected: encoding/json, which the package's rules for structs and fields follow, has a
# slice's length as zero before elements are added, so [] empties it; the documentation of
# Unmarshal says nothing of values that stay. NULL does empty the slice.
# Seen: three pages read into one slice, the last one empty, by both packages.
# Way out: orders = orders[:0] (or a new variable) before each call.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type order struct {
	ID string `json:"id" dynamodbav:"id"`
}

// page is a page of a query: the items as DynamoDB gives them, and as JSON.
func page(ids ...string) (items []map[string]types.AttributeValue, text []byte) {
	orders := []order{}
	for _, id := range ids {
		orders = append(orders, order{ID: id})
		items = append(items, map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}})
	}
	text, err := json.Marshal(orders)
	if err != nil {
		panic(err)
	}
	return items, text
}

func main() {
	var reused, emptied, fromJSON []order
	holds := true
	for _, row := range []struct {
		ids  []string
		want string
	}{
		{[]string{"a", "b"}, "[{a} {b}], way out [{a} {b}], JSON [{a} {b}]"},
		{[]string{"c"}, "[{c}], way out [{c}], JSON [{c}]"},
		{nil, "[{c}], way out [], JSON []"},
	} {
		items, text := page(row.ids...)
		emptied = emptied[:0]
		for _, err := range []error{
			attributevalue.UnmarshalListOfMaps(items, &reused),
			attributevalue.UnmarshalListOfMaps(items, &emptied),
			json.Unmarshal(text, &fromJSON),
		} {
			if err != nil {
				panic(err)
			}
		}
		got := fmt.Sprintf("%v, way out %v, JSON %v", reused, emptied, fromJSON)
		fmt.Printf("page %v: %s\n", row.ids, got)
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
go get github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue@v1.21.21 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
