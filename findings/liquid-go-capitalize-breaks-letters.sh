#!/usr/bin/env bash
# github.com/osteele/liquid 1.6.0: capitalize takes the first byte of a text for its first
# letter: "élodie" comes out as a replacement character and half of the é, which is no UTF-8 any
# more. So does every text that begins with a letter beyond ASCII, "Élodie" and 日本 too. And
# what follows stays as it was: "hELLO" is "HELLO".
# Expected: the filter's page of Shopify's Liquid, which the README names as what is
# implemented: the first character in upper case and the remaining ones in lower case; liquidjs
# 10.30.1 does both. upcase and slice of the package know what a letter is.
# Seen: five names by both, and whether the result is valid UTF-8. No error is given; a
# database or a JSON reader may refuse the text, or keep U+FFFD.
# Way out: a filter of one's own, engine.RegisterFilter("capitalize", ...), as below.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund liquidjs@10.30.1 >/dev/null 2>&1
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/osteele/liquid"
)

func main() {
	plain, mended := liquid.NewEngine(), liquid.NewEngine()
	mended.RegisterFilter("capitalize", func(s string) string {
		_, size := utf8.DecodeRuneInString(s)
		return strings.ToUpper(s[:size]) + strings.ToLower(s[size:])
	})
	for _, name := range []string{"anna", "hELLO", "élodie", "Élodie", "日本"} {
		var got [2]string
		for i, engine := range []*liquid.Engine{plain, mended} {
			text, err := engine.ParseAndRenderString("{{ name | capitalize }}", liquid.Bindings{"name": name})
			if err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			got[i] = text
		}
		fmt.Printf("%s: %q valid %t, way out %q\n", name, got[0], utf8.ValidString(got[0]), got[1])
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
import { Liquid } from 'liquidjs';
const names = ['anna', 'hELLO', 'élodie', 'Élodie', '日本'];
const engine = new Liquid();
console.log(names.map((name) => engine.parseAndRenderSync('{{ name | capitalize }}', { name })).join(' '));
EOF
cat >want <<'EOF'
anna: "Anna" valid true, way out "Anna"
hELLO: "HELLO" valid true, way out "Hello"
élodie: "�\xa9lodie" valid false, way out "Élodie"
Élodie: "�\x89lodie" valid false, way out "Élodie"
日本: "�\x97\xa5本" valid false, way out "日本"
Anna Hello Élodie Élodie 日本
EOF
go run . >got
node peer.mjs >>got
cat got
if ! cmp -s got want; then
	echo changed
	exit 1
fi
echo holds
