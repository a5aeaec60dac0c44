#!/usr/bin/env bash
# github.com/xiatechs/jsonata-go 1.8.8: the result of each + - * / and %, and of $sum, is
# brought to eight decimals: sums and quotients are rounded up, products cut. 1/3 is
# 0.33333334, 1/3*3 is 1.00000002 and does not equal 1, 2*0.000000004 is 0 and
# 1+0.000000001 is 1.00000001, ten times what was added.
# Expected: JSONata's numbers are JavaScript's (double precision), and the README speaks of
# parity with jsonata-js 1.5.4. jsonata 2.2.2 and github.com/blues/jsonata-go 1.5.4, which
# this package is a fork of, give what doubles give. The eight come from a function
# GetDivisionPrecision; nothing tells of them and nothing sets them.
# Seen: the same expressions in all three. 0.1+0.2 is 0.3 here, which is why it was done.
# Way out: scale first (prices in millionths), or do the arithmetic in a function of one's
# own (RegisterExts).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >expressions.json <<'EOT'
["1/3", "-1/3", "1/3*3 = 1", "1/3*3", "2*0.000000004", "1+0.000000001", "$sum([1, 0.000000001])", "0.1+0.2"]
EOT
cat >main.go <<'EOT'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	blues "github.com/blues/jsonata-go"
	xia "github.com/xiatechs/jsonata-go"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	var expressions []string
	if err := json.Unmarshal(must(os.ReadFile("expressions.json")), &expressions); err != nil {
		panic(err)
	}
	for _, e := range expressions {
		x := must(must(xia.Compile(e)).Eval(nil))
		b := must(must(blues.Compile(e)).Eval(nil))
		fmt.Printf("%s %s\n", must(json.Marshal(x)), must(json.Marshal(b)))
	}
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/xiatechs/jsonata-go@v1.8.8 github.com/blues/jsonata-go@v1.5.4 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run . >go.txt
npm install --silent --no-audit --no-fund jsonata@2.2.2 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import jsonata from 'jsonata';
import { readFileSync } from 'node:fs';
const expressions = JSON.parse(readFileSync('expressions.json', 'utf8'));
const go = readFileSync('go.txt', 'utf8').trim().split('\n').map((line) => line.split(' ').map((v) => JSON.parse(v)));
const want = [
  [0.33333334, 1 / 3], [-0.33333334, -1 / 3], [false, true], [1.00000002, 1],
  [0, 2 * 0.000000004], [1.00000001, 1 + 0.000000001], [1.00000001, 1 + 0.000000001], [0.3, 0.1 + 0.2],
];
let holds = go.length === want.length;
for (const [i, expression] of expressions.entries()) {
  const js = await jsonata(expression).evaluate(null);
  const [xia, blues] = go[i];
  console.log(`${expression}: ${xia}, blues ${blues}, jsonata ${js}`);
  holds &&= xia === want[i][0] && blues === want[i][1] && js === want[i][1];
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
