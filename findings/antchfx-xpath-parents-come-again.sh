#!/usr/bin/env bash
# github.com/antchfx/xpath 1.3.9 (with github.com/antchfx/xmlquery 1.5.2): a step to the parent
# gives the parent once for each child: //line/.. finds an order of three lines three times, as
# do parent::order and ancestor::order[1]. A sibling comes once for each one before it.
# Expected: XPath 1.0 (1, and 3.3): the result of a path is a node-set, which has no duplicates,
# and a step unites what it gives for each node. In the package itself //line/ancestor::order
# gives each order once.
# Seen: two orders with four lines by six expressions. A program that finds orders by their lines
# ships the first one three times.
# Way out: //order[line], where the parent is what is looked for; or ancestor::order.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/antchfx/xmlquery"
)

const orders = `<orders><order id="7"><line sku="a"/><line sku="b"/><line sku="c"/></order>` +
	`<order id="8"><line sku="d"/></order></orders>`

func main() {
	doc, err := xmlquery.Parse(strings.NewReader(orders))
	if err != nil {
		panic(err)
	}
	holds := true
	for _, row := range []struct{ path, right, want string }{
		{"//order[line]", "7 8", "7 8"},
		{"//line/ancestor::order", "7 8", "7 8"},
		{"//line/ancestor::order[1]", "7 8", "7 7 7 8"},
		{"//line/..", "7 8", "7 7 7 8"},
		{"//line/parent::order", "7 8", "7 7 7 8"},
		{"//line/following-sibling::line", "b c", "b c c"},
	} {
		var ids []string
		for _, n := range xmlquery.Find(doc, row.path) {
			ids = append(ids, n.SelectAttr("id")+n.SelectAttr("sku"))
		}
		got := strings.Join(ids, " ")
		fmt.Printf("%s: %s; the specification: %s\n", row.path, got, row.right)
		holds = holds && got == row.want
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
go get github.com/antchfx/xmlquery@v1.5.2 github.com/antchfx/xpath@v1.3.9 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
