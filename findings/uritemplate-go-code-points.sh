#!/usr/bin/env bash
# github.com/yosida95/uritemplate/v3 3.0.2: Expand percent-encodes the code point of a
# character, not its UTF-8: "é" becomes %E9, "日" %65%E5 (a server reads an "e" and half a
# character) and "€" %20%AC, with a space in it. {name:1} counts bytes and is an error,
# "invalid encoding", where it ends within a character.
# Expected: RFC 6570, which the README claims up to level 4: characters are written as
# UTF-8 before they are percent-encoded (1.6, 3.2.1), and a prefix counts characters
# (2.4.1). url-template 3.1.1 does. Its own Match reads %C3%BC as "ü" back, so that the two
# directions do not meet.
# Seen: the same templates and values in both; ASCII is right.
# Way out: expand with a word of ASCII letters for each such value and put
# url.PathEscape(value) in its place afterwards.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"fmt"

	"github.com/yosida95/uritemplate/v3"
)

func main() {
	template := uritemplate.MustNew("/city/{name}")
	for _, name := range []string{"New York", "Zürich", "日本", "€5"} {
		path, err := template.Expand(uritemplate.Values{"name": uritemplate.String(name)})
		if err != nil {
			panic(err)
		}
		fmt.Println(path)
	}
	_, err := uritemplate.MustNew("/city/{name:1}").Expand(uritemplate.Values{"name": uritemplate.String("Örebro")})
	fmt.Println(err)
	fmt.Println(template.Match("/city/Z%C3%BCrich").Get("name"))
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/yosida95/uritemplate/v3@v3.0.2 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run . >go.txt
npm install --silent --no-audit --no-fund url-template@3.1.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { readFileSync } from 'node:fs';
import { parseTemplate } from 'url-template';
const go = readFileSync('go.txt', 'utf8').trim().split('\n');
const expand = (template, name) => parseTemplate(template).expand({ name });
const rows = [
  ['New York', '/city/New%20York', expand('/city/{name}', 'New York'), '/city/New%20York'],
  ['Zürich', '/city/Z%FCrich', expand('/city/{name}', 'Zürich'), '/city/Z%C3%BCrich'],
  ['日本', '/city/%65%E5%67%2C', expand('/city/{name}', '日本'), '/city/%E6%97%A5%E6%9C%AC'],
  ['€5', '/city/%20%AC5', expand('/city/{name}', '€5'), '/city/%E2%82%AC5'],
  ['Örebro, first character', 'uritemplate:0:invalid encoding', expand('/city/{name:1}', 'Örebro'), '/city/%C3%96'],
];
let holds = go.length === rows.length + 1 && go[rows.length] === 'Zürich';
for (const [i, [name, want, js, right]] of rows.entries()) {
  console.log(`${name}: ${go[i]}, url-template ${js}`);
  holds &&= go[i] === want && js === right;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
