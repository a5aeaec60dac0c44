#!/usr/bin/env bash
# github.com/antchfx/xpath 1.3.9 (with github.com/antchfx/xmlquery 1.5.2): sum() leaves out
# amounts that have white space around them, as indented XML has, and all that are no number.
# Of 10, " 2.5 " and 5 the sum is 15, and of 10, "1,200.00" and 5 it is 15 as well.
# Expected: XPath 1.0 (4.4): sum adds what number() makes of each node. That takes white space
# off, and is NaN for "1,200.00" or an empty element, which the sum then is, too, so that it is
# seen. The package's own number() does both.
# Seen: four lists of amounts, their sum and what number() gives one by one. A total is too low,
# and no error says so.
# Way out: add up number(.) of each element in Go.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"
)

func main() {
	holds := true
	for _, row := range []struct {
		amounts     string
		right, want float64
	}{
		{"<a>10</a><a>2.5</a><a>5</a>", 17.5, 17.5},
		{"<a>10</a><a> 2.5 </a><a>5</a>", 17.5, 15},
		{"<a>10</a><a>1,200.00</a><a>5</a>", math.NaN(), 15},
		{"<a>10</a><a/><a>5</a>", math.NaN(), 15},
	} {
		doc, err := xmlquery.Parse(strings.NewReader("<invoice>" + row.amounts + "</invoice>"))
		if err != nil {
			panic(err)
		}
		sum := xpath.MustCompile("sum(//a)").Evaluate(xmlquery.CreateXPathNavigator(doc)).(float64)
		var added float64
		for _, a := range xmlquery.Find(doc, "//a") {
			added += xpath.MustCompile("number(.)").Evaluate(xmlquery.CreateXPathNavigator(a)).(float64)
		}
		fmt.Printf("%s: sum %v, added up %v\n", row.amounts, sum, added)
		holds = holds && sum == row.want && (added == row.right || math.IsNaN(added) && math.IsNaN(row.right))
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
