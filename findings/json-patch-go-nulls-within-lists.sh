#!/usr/bin/env bash
# github.com/evanphx/json-patch/v5 5.9.11: MergePatch takes null members out of objects that are
# in a list of the patch: {"rules": [{"port": 80, "host": null}]} leaves [{"port":80}]. Where the
# document had the same list already, an object's explicit null is lost by being written again.
# Expected: RFC 7396 (2), by whose algorithm a list, being no object, is put in as it is; only
# members of objects that are merged are removed by null ("it is not possible to patch part of
# a target that is not an object"). json-merge-patch 1.0.2 keeps them, and so does a list's own
# null here: [null, 1] stays.
# Seen: five patches by the package, and by the RFC's algorithm in ten lines.
# Way out: a JSON Patch (RFC 6902), whose "add" keeps them in this package, for such lists.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOF'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	jsonpatch "github.com/evanphx/json-patch/v5"
)

func rfc7396(target, patch any) any {
	members, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	object, ok := target.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	for name, value := range members {
		if value == nil {
			delete(object, name)
		} else {
			object[name] = rfc7396(object[name], value)
		}
	}
	return object
}

func byRFC(doc, patch string) string {
	var d, p any
	if json.Unmarshal([]byte(doc), &d) != nil || json.Unmarshal([]byte(patch), &p) != nil {
		panic("no JSON")
	}
	text, err := json.Marshal(rfc7396(d, p))
	if err != nil {
		panic(err)
	}
	return string(text)
}

func main() {
	holds := true
	for _, row := range []struct{ doc, patch, want string }{
		{`{"a":1}`, `{"a":{"b":null}}`, `{"a":{}}`},
		{`{}`, `{"list":[null,1]}`, `{"list":[null,1]}`},
		{`{}`, `{"list":[{"port":80,"host":null}]}`, `{"list":[{"port":80}]}`},
		{`{"list":[{"host":null}]}`, `{"list":[{"host":null}]}`, `{"list":[{}]}`},
		{`{"list":[1]}`, `{"list":[[{"host":null}]]}`, `{"list":[[{}]]}`},
	} {
		got, err := jsonpatch.MergePatch([]byte(row.doc), []byte(row.patch))
		right := byRFC(row.doc, row.patch)
		fmt.Printf("%s by %s: %s, error %v; the RFC: %s\n", row.doc, row.patch, got, err, right)
		holds = holds && err == nil && string(got) == row.want
	}
	patch, err := jsonpatch.DecodePatch([]byte(`[{"op":"add","path":"/list","value":[{"host":null}]}]`))
	if err != nil {
		panic(err)
	}
	wayOut, err := patch.Apply([]byte(`{}`))
	fmt.Printf("way out: %s, error %v\n", wayOut, err)
	if !holds || string(wayOut) != `{"list":[{"host":null}]}` {
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
