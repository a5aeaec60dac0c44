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
	"github.com/medlar-flow/medlar/operations/awsmodel"
	"github.com/medlar-flow/medlar/operations/sources"
)

func main() { os.Exit(command().Main(context.Background(), os.Args)) }

// command has the connectors of this module, and all services of AWS.
func command() cli.Command {
	return cli.Command{
		Late: operations.Late(), Source: awsmodel.Source(), EventSources: sources.All(),
		DataVersions: func() []string { return []string{"aws services of botocore " + awsmodel.Version()} },
	}
}
