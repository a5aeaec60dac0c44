#!/usr/bin/env bash
# github.com/jmespath-community/go-jmespath 1.1.1: find_first, find_last, pad_left and
# pad_right count bytes, length() and slices of texts count characters. In "Zoë Krämer" the
# space is at 4 by find_first and at 3 for a slice; pad_right to 12 leaves the ten
# characters as they are, since they are twelve bytes.
# Expected: the community's JEP 14 (String Functions), where the end of a search is
# length($subject) - 1, and length() counts code points in the same package.
# @jmespath-community/jmespath 1.3.0, from the same people, has 3 and "Zoë Krämer  ".
# Seen: the same expressions in both; texts of ASCII are the same.
# Way out: split(name, ' ') in place of an index that is then used in a slice; padding done
# outside, or by a function of one's own (Search takes further functions).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >expressions.json <<'EOT'
[
  ["find_first(a, ' ')", "3", "3"],
  ["pad_left(a, `9`, '.')", "\"..Ann Lee\"", "\"..Ann Lee\""],
  ["length(n)", "10", "10"],
  ["n[:3]", "\"Zoë\"", "\"Zoë\""],
  ["find_first(n, ' ')", "4", "3"],
  ["find_last(n, 'r')", "11", "9"],
  ["find_first(n, 'K', `5`)", "5", "null"],
  ["pad_right(n, `12`)", "\"Zoë Krämer\"", "\"Zoë Krämer  \""],
  ["split(n, ' ')[0]", "\"Zoë\"", "\"Zoë\""]
]
EOT
cat >main.go <<'EOT'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/jmespath-community/go-jmespath"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	var rows [][3]string
	if err := json.Unmarshal(must(os.ReadFile("expressions.json")), &rows); err != nil {
		panic(err)
	}
	data := map[string]any{"a": "Ann Lee", "n": "Zoë Krämer"}
	for _, row := range rows {
		fmt.Printf("%s\n", must(json.Marshal(must(jmespath.Search(row[0], data)))))
	}
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/jmespath-community/go-jmespath@v1.1.1 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run . >go.txt
npm install --silent --no-audit --no-fund @jmespath-community/jmespath@1.3.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { readFileSync } from 'node:fs';
import { search } from '@jmespath-community/jmespath';
const rows = JSON.parse(readFileSync('expressions.json', 'utf8'));
const go = readFileSync('go.txt', 'utf8').trimEnd().split('\n');
let holds = go.length === rows.length;
for (const [i, [expression, inGo, inJS]] of rows.entries()) {
  const js = JSON.stringify(search({ a: 'Ann Lee', n: 'Zoë Krämer' }, expression));
  console.log(`${expression}: Go ${go[i]}, JavaScript ${js}`);
  holds &&= go[i] === inGo && js === inJS;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
