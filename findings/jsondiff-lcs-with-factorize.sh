#!/usr/bin/env bash
# github.com/wI2L/jsondiff 0.7.1: with LCS() and Factorize() together, a patch may lead to
# another document than the one it was made for: the indexes of its moves do not go with the
# operations around them. From ["a","b","c","d"] to ["a","d","b"] is "move /steps/1 to
# /steps/2, remove /steps/1", which gives ["a","b","d"].
# Expected: the README, the patch is the difference between the two documents; Factorize()
# makes it smaller and LCS(), which it calls experimental, more succinct. Neither names the
# other, and each alone is right, as is neither.
# Seen: of the 96 lists that four different texts give when each of their orders is cut to
# one to four, 21 come out wrong when the patch is applied by
# github.com/evanphx/json-patch/v5 5.9.11, and there is no error.
# Way out: one of the two options only; or apply the patch once and compare.
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
	"reflect"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/wI2L/jsondiff"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// document is a document with a list of steps.
func document(steps []string) []byte {
	return must(json.Marshal(map[string][]string{"steps": steps}))
}

// orders gives all the orders of texts.
func orders(texts []string) [][]string {
	if len(texts) == 0 {
		return [][]string{nil}
	}
	var all [][]string
	for i, first := range texts {
		rest := append(append([]string{}, texts[:i]...), texts[i+1:]...)
		for _, order := range orders(rest) {
			all = append(all, append([]string{first}, order...))
		}
	}
	return all
}

// patched makes a patch from one list to another and gives it with what it leads to.
func patched(from, to []string, options []jsondiff.Option) (string, []string) {
	patch := must(jsondiff.CompareJSON(document(from), document(to), options...))
	if patch == nil {
		return "", from
	}
	text := must(json.Marshal(patch))
	result := must(must(jsonpatch.DecodePatch(text)).Apply(document(from)))
	var got struct{ Steps []string }
	if err := json.Unmarshal(result, &got); err != nil {
		panic(err)
	}
	return string(text), got.Steps
}

func main() {
	from := []string{"a", "b", "c", "d"}
	both := []jsondiff.Option{jsondiff.LCS(), jsondiff.Factorize()}
	patch, got := patched(from, []string{"a", "d", "b"}, both)
	fmt.Println(patch, got)
	holds := reflect.DeepEqual(got, []string{"a", "b", "d"})
	for _, row := range []struct {
		name    string
		options []jsondiff.Option
		want    int
	}{
		{"neither", nil, 0},
		{"LCS", both[:1], 0},
		{"Factorize", both[1:], 0},
		{"both", both, 21},
	} {
		lists, wrong := 0, 0
		for _, order := range orders(from) {
			for n := range order {
				to := order[:n+1]
				lists++
				if _, got := patched(from, to, row.options); !reflect.DeepEqual(got, to) {
					wrong++
				}
			}
		}
		fmt.Printf("%s: %d of %d wrong\n", row.name, wrong, lists)
		holds = holds && lists == 96 && wrong == row.want
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
go get github.com/wI2L/jsondiff@v0.7.1 github.com/evanphx/json-patch/v5@v5.9.11 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
