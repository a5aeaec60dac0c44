#!/usr/bin/env bash
# github.com/evanphx/json-patch/v5 5.9.11: "test" compares numbers by how they are written: a
# document with 1.0 fails a test for 1, and 1e2 one for 100, so the whole patch is refused.
# Equal says the same, and CreateMergePatch writes a change where there is none.
# Expected: RFC 6902 (4.6): numbers are equal if their values are numerically equal. Which of
# the ways a number is written in is up to who wrote it: Go writes 1 for a float of 1, Python
# and Java 1.0. fast-json-patch and rfc6902 (JavaScript) compare values.
# Seen: a document's price tested in four ways, and the other two functions.
# Way out: read both with json.Unmarshal and write them with json.Marshal before, as far as
# numbers are not longer than 15 digits.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"

	jsonpatch "github.com/evanphx/json-patch/v5"
)

func main() {
	holds := true
	for _, row := range []struct {
		doc, value string
		want       bool
	}{
		{"100", "100", true},
		{"100.0", "100", false},
		{"1e2", "100", false},
		{"0.5", "5e-1", false},
	} {
		doc := []byte(`{"price":` + row.doc + `}`)
		patch, err := jsonpatch.DecodePatch([]byte(`[{"op":"test","path":"/price","value":` + row.value + `}]`))
		if err != nil {
			panic(err)
		}
		_, err = patch.Apply(doc)
		other := []byte(`{"price":` + row.value + `}`)
		equal := jsonpatch.Equal(doc, other)
		merge, mergeErr := jsonpatch.CreateMergePatch(doc, other)
		fmt.Printf("%s tested for %s: %v; Equal %t; merge patch %s\n", row.doc, row.value, err, equal, merge)
		holds = holds && (err == nil) == row.want && equal == row.want && mergeErr == nil && (string(merge) == "{}") == row.want
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
go get github.com/evanphx/json-patch/v5@v5.9.11 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
