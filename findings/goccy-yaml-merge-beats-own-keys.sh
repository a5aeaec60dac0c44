#!/usr/bin/env bash
# github.com/goccy/go-yaml 1.19.2: a mapping's own key is overwritten by what "<<" merges if
# it stands above "<<": with {retries: 1} as the anchor, "retries: 5" and then "<<: *base" is
# 1 in a map, with no error. Into a struct the same document is an error, duplicate key
# "retries", and so is the usual order with "<<" first. YAMLToJSON writes both keys.
# Expected: yaml.org's Merge Key, which is where "<<" comes from: the pairs of the merged
# mapping are put in unless the key already exists. gopkg.in/yaml.v3 3.0.1 gives 5 in all
# four. (That a list of mappings is merged in the wrong order is known upstream.)
# Seen: both orders into a map and into a struct. The keys of a mapping have no order in
# YAML, so that a tool may write them in any.
# Way out: "<<" as the first key, and AllowDuplicateMapKey() for structs.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"fmt"
	"os"
	"strings"

	goccy "github.com/goccy/go-yaml"
	"gopkg.in/yaml.v3"
)

type settings struct {
	Retries int
	Queue   string
}

// first is the first line of an error, without its position.
func first(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	_, text, _ := strings.Cut(line, "] ")
	return text
}

// intoMap gives retries of the document's second mapping.
func intoMap(unmarshal func([]byte, any) error, text string) string {
	var all map[string]map[string]any
	if err := unmarshal([]byte(text), &all); err != nil {
		return first(err)
	}
	return fmt.Sprint(all["jobs"]["retries"])
}

// intoStruct is intoMap for a struct.
func intoStruct(unmarshal func([]byte, any) error, text string) string {
	var all map[string]settings
	if err := unmarshal([]byte(text), &all); err != nil {
		return first(err)
	}
	return fmt.Sprint(all["jobs"].Retries)
}

func main() {
	const base = "base: &base {retries: 1, queue: q}\njobs:\n"
	const above = base + "  retries: 5\n  <<: *base\n"
	const below = base + "  <<: *base\n  retries: 5\n"
	plain := func(data []byte, v any) error { return goccy.Unmarshal(data, v) }
	allowed := func(data []byte, v any) error {
		return goccy.UnmarshalWithOptions(data, v, goccy.AllowDuplicateMapKey())
	}
	json, err := goccy.YAMLToJSON([]byte(above))
	if err != nil {
		panic(err)
	}
	const double = `"jobs": {"retries": 5, "retries": 1, "queue": "q"}`
	holds := strings.Contains(string(json), double)
	for _, row := range []struct{ name, got, want string }{
		{"own key above, map", intoMap(plain, above), "1"},
		{"own key below, map", intoMap(plain, below), "5"},
		{"own key above, struct", intoStruct(plain, above), `duplicate key "retries"`},
		{"own key below, struct", intoStruct(plain, below), `duplicate key "retries"`},
		{"own key below, struct, allowed", intoStruct(allowed, below), "5"},
		{"yaml.v3, above, map", intoMap(yaml.Unmarshal, above), "5"},
		{"yaml.v3, below, map", intoMap(yaml.Unmarshal, below), "5"},
		{"yaml.v3, above, struct", intoStruct(yaml.Unmarshal, above), "5"},
		{"yaml.v3, below, struct", intoStruct(yaml.Unmarshal, below), "5"},
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
go get github.com/goccy/go-yaml@v1.19.2 gopkg.in/yaml.v3@v3.0.1 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
