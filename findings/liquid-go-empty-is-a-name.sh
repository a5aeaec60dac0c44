#!/usr/bin/env bash
# github.com/osteele/liquid 1.6.0: "empty" and "blank" are names of variables that are not there,
# so that a list without elements is not "== empty" and is "!= empty". A template that says
# {% if order.lines != empty %} writes its table's head for no lines, and {% if note == blank %}
# never leaves out an empty note.
# Expected: the pages on types and operators of Shopify's Liquid, which the README names as what
# is implemented: empty is a type of its own, which a list or text without content equals. The
# README's list of what is not implemented has neither word. liquidjs 10.30.1 has both.
# Seen: five conditions by both packages; no error.
# Way out: order.lines.size == 0, and note == "".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund liquidjs@10.30.1 >/dev/null 2>&1
cat >conditions.json <<'EOF'
["none == empty", "none != empty", "note == empty", "note == blank", "none.size == 0"]
EOF
cat >main.go <<'EOF'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/osteele/liquid"
)

func main() {
	text, err := os.ReadFile("conditions.json")
	if err != nil {
		panic(err)
	}
	var conditions []string
	if err := json.Unmarshal(text, &conditions); err != nil {
		panic(err)
	}
	for _, c := range conditions {
		got, err := liquid.NewEngine().ParseAndRenderString("{% if "+c+" %}yes{% else %}no{% endif %}",
			liquid.Bindings{"none": []any{}, "note": ""})
		fmt.Println(c, got, err)
	}
}
EOF
cat >go.mod <<'EOF'
module finding

go 1.26
EOF
go get github.com/osteele/liquid@v1.6.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
cat >peer.mjs <<'EOF'
import { readFileSync } from 'node:fs';
import { Liquid } from 'liquidjs';
const engine = new Liquid();
for (const c of JSON.parse(readFileSync('conditions.json', 'utf8'))) {
  console.log('liquidjs:', c, engine.parseAndRenderSync(`{% if ${c} %}yes{% else %}no{% endif %}`, { none: [], note: '' }));
}
EOF
cat >want <<'EOF'
none == empty no <nil>
none != empty yes <nil>
note == empty no <nil>
note == blank no <nil>
none.size == 0 yes <nil>
liquidjs: none == empty yes
liquidjs: none != empty no
liquidjs: note == empty yes
liquidjs: note == blank yes
liquidjs: none.size == 0 yes
EOF
go run . >got
node peer.mjs >>got
cat got
if ! cmp -s got want; then
	echo changed
	exit 1
fi
echo holds
