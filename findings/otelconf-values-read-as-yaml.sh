#!/usr/bin/env bash
# go.opentelemetry.io/contrib/otelconf 0.27.0: the value of an environment variable is put
# into the text of the file before that is read as YAML, so values are cut, changed or lost
# on the way. "secret #1" arrives as "secret"; in "${DIR}" with double quotes, C:\new has a
# line break. A value with ": " in it, such as "user: one", is refused, but the error is
# lost if a later variable of the file is fine: then the field is empty.
# Expected: the Configuration Data Model of OpenTelemetry (Environment variable
# substitution): it applies to scalar values only, only their type is found out after it,
# and no YAML structure can come out of a variable. @opentelemetry/configuration 0.301.0
# has every value whole, from the same file.
# Seen: resource attributes of one file, parsed by both, and no error in either.
# Way out: in the file '${KEY}' with single quotes, which leave "#" and "\" alone; values
# that may have ": " in them are set in Go, in what ParseYAML gives.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat >otel.yaml <<'EOT'
file_format: "1.0"
resource:
  attributes:
    - name: plain
      value: ${KEY}
    - name: within
      value: key ${KEY}
    - name: double
      value: "${DIR}"
    - name: single
      value: '${KEY} ${DIR}'
EOT
cat >main.go <<'EOT'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"go.opentelemetry.io/contrib/otelconf"
)

func main() {
	text, err := os.ReadFile("otel.yaml")
	if err != nil {
		panic(err)
	}
	c, err := otelconf.ParseYAML(text)
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	values := []any{}
	for _, a := range c.Resource.Attributes {
		values = append(values, a.Value)
	}
	if err := json.NewEncoder(os.Stdout).Encode(values); err != nil {
		panic(err)
	}
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get go.opentelemetry.io/contrib/otelconf@v0.27.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go build -o ours .
npm install --silent --no-audit --no-fund @opentelemetry/configuration@0.301.0 >/dev/null 2>&1
cat >theirs.mjs <<'EOT'
import { parseConfigFile } from '@opentelemetry/configuration';
console.log(JSON.stringify(parseConfigFile('otel.yaml').resource.attributes.map((a) => a.value)));
EOT
holds=true
compare() { # the value of KEY, what Go reads, what JavaScript reads
	local go js
	go=$(KEY=$1 DIR='C:\new' ./ours)
	js=$(KEY=$1 DIR='C:\new' node theirs.mjs)
	printf 'KEY=%s\n  Go         %s\n  JavaScript %s\n' "$1" "$go" "$js"
	[ "$go" = "$2" ] || holds=false
	[ "$js" = "$3" ] || holds=false
}
compare 'secret #1' '["secret","key secret","C:\new","secret #1 C:\\new"]' \
	'["secret #1","key secret #1","C:\\new","secret #1 C:\\new"]'
compare 'user: one' '[null,"key","C:\new"," C:\\new"]' \
	'["user: one","key user: one","C:\\new","user: one C:\\new"]'
if ! $holds; then
	echo changed
	exit 1
fi
echo holds
