#!/usr/bin/env bash
# github.com/modelcontextprotocol/go-sdk 1.8.0: what a typed tool gives can fail the output
# schema that AddTool has made of its type. A map that is nil is written as null, but its
# schema is "object" only, so a tool fails on the first result without labels, say; a slice
# that is nil is allowed. []byte and json.RawMessage, of which the schema says "array", and
# *big.Int, of which it says "string" while it is written as a number, fail every time. The
# caller gets an error of the protocol, "validating tool output", and no result.
# Expected: docs/server.md has the schema inferred from the type, and jsonschema-go's For says
# that types of the standard library with a MarshalJSON "translate to schemas that match the
# values to which they marshal".
# Seen: tools that give a struct with one field, called over the in-memory transport. As
# arguments the same types are refused likewise.
# Way out: omitempty or an empty map for maps; an OutputSchema of jsonschema.For with
# TypeSchemas for the others.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"reflect"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type field[T any] struct {
	V T `json:"v"`
}

type optional[T any] struct {
	V T `json:"v,omitempty"`
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// call adds a tool that gives value and calls it; it gives the structured content, or
// "failed".
func call[T any](value T, schema *jsonschema.Schema) string {
	ctx := context.Background()
	server := mcp.NewServer(&mcp.Implementation{Name: "server"}, nil)
	tool := &mcp.Tool{Name: "tool"}
	if schema != nil {
		tool.OutputSchema = schema
	}
	mcp.AddTool(server, tool, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, T, error) {
		return nil, value, nil
	})
	ours, theirs := mcp.NewInMemoryTransports()
	serving := must(server.Connect(ctx, ours, nil))
	defer serving.Close()
	client := must(mcp.NewClient(&mcp.Implementation{Name: "client"}, nil).Connect(ctx, theirs, nil))
	defer client.Close()
	result, err := client.CallTool(ctx, &mcp.CallToolParams{Name: "tool"})
	if err != nil {
		return "failed"
	}
	return string(must(json.Marshal(result.StructuredContent)))
}

func main() {
	text := &jsonschema.Schema{Type: "string"}
	known := &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[[]byte](): text}}
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	holds := true
	for _, row := range []struct{ name, got, want string }{
		{"map", call(field[map[string]int]{map[string]int{"a": 1}}, nil), `{"v":{"a":1}}`},
		{"nil map", call(field[map[string]int]{}, nil), "failed"},
		{"nil map, omitempty", call(optional[map[string]int]{}, nil), `{}`},
		{"nil slice", call(field[[]int]{}, nil), `{"v":null}`},
		{"time.Time", call(field[time.Time]{day}, nil), `{"v":"2026-01-02T00:00:00Z"}`},
		{"[]byte", call(field[[]byte]{[]byte("hi")}, nil), "failed"},
		{"[]byte, TypeSchemas", call(field[[]byte]{[]byte("hi")}, must(jsonschema.For[field[[]byte]](known))), `{"v":"aGk="}`},
		{"json.RawMessage", call(field[json.RawMessage]{json.RawMessage(`{"a":1}`)}, nil), "failed"},
		{"*big.Int", call(field[*big.Int]{big.NewInt(5)}, nil), "failed"},
	} {
		fmt.Printf("%s: %s\n", row.name, row.got)
		holds = holds && row.got == row.want
	}
	if !holds {
		fmt.Println("changed")
		os.Exit(1)
	}
	fmt.Println("holds")
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/modelcontextprotocol/go-sdk@v1.8.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
