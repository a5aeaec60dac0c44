// Runner checks and runs integration flows: YAML files whose steps call AWS
// Lambda, AWS STS and other operations.
//
//	runner run flows/examples/canary-release.yaml --local
//
// `runner --help` lists the commands. A runner with operations of your own is
// this file with more connectors; see the package cli.
package main

import (
	"context"
	"os"

	"github.com/medlar-flow/medlar/cli"
	"github.com/medlar-flow/medlar/operations"
)

func main() { os.Exit(cli.Main(context.Background(), os.Args, operations.All()...)) }
