#!/usr/bin/env bash
# github.com/peterhellberg/link 1.2.0: a comma within an address is taken out of it: the next
# page of <https://api.example.com/items?ids=1,2&page=2> is asked for with ids=12, which other
# items may be. And a parameter in front of a comma that stands without quotes, rel=next or
# hreflang=de, joins its link and the next one: of two links there is one, whose address is
# most of the header.
# Expected: RFC 8288 (3; RFC 5988, 5, which the README names, is alike): the address stands in
# angle brackets, where a comma says nothing, and a value is a token or a quoted text.
# github.com/tomnomnom/linkheader reads the unquoted ones, but leaves a link whose address has
# a comma out of its list. Neither package has an error to give.
# Seen: four headers by both packages. rel="next" without a comma is right in both.
# Way out: a regular expression for <([^>]*)> and the rel behind it; GitHub, GitLab and others
# put their pages' addresses into such headers, with whatever the query was.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/peterhellberg/link"
	"github.com/tomnomnom/linkheader"
)

func ours(header string) string {
	var all []string
	for rel, l := range link.Parse(header) {
		all = append(all, rel+" "+l.URI)
	}
	sort.Strings(all)
	return strings.Join(all, " | ")
}

func peer(header string) string {
	var all []string
	for _, l := range linkheader.Parse(header) {
		all = append(all, l.Rel+" "+l.URL)
	}
	sort.Strings(all)
	return strings.Join(all, " | ")
}

func main() {
	holds := true
	for _, row := range []struct{ header, ours, peer string }{
		{`<https://a/?p=2>; rel="next", <https://a/?p=9>; rel="last"`, "last https://a/?p=9 | next https://a/?p=2", "last https://a/?p=9 | next https://a/?p=2"},
		{`<https://a/?ids=1,2&p=2>; rel="next"`, "next https://a/?ids=12&p=2", ""},
		{`<https://a/?p=2>; rel="next", <https://a/?ids=1,2&p=9>; rel="last"`, "last https://a/?ids=12&p=9 | next https://a/?p=2", "next https://a/?p=2"},
		{`<https://a/?p=2>; rel=next, <https://a/?p=9>; rel=last`, "last https://a/?p=2>; rel=next <https://a/?p=9", "last https://a/?p=9 | next https://a/?p=2"},
	} {
		got, other := ours(row.header), peer(row.header)
		fmt.Printf("%s\n  link: %s\n  linkheader: %s\n", row.header, got, other)
		holds = holds && got == row.ours && other == row.peer
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
go get github.com/peterhellberg/link@v1.2.0 github.com/tomnomnom/linkheader@v0.0.0-20250811210735-e5fe3b51442e >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
