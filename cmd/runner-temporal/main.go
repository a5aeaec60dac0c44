// Runner-temporal is the command runner with Temporal: it runs flows on a
// Temporal server, and is the worker for them.
//
//	runner-temporal worker --temporal 127.0.0.1:7233
//	runner-temporal run release.yaml --temporal 127.0.0.1:7233
//
// A program with operations of your own is this file with more connectors.
package main

import (
	"context"
	"os"

	"github.com/medlar-flow/medlar/cli"
	"github.com/medlar-flow/medlar/cli/temporal"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsmodel"
	"github.com/medlar-flow/medlar/operations/sources"
)

func main() { os.Exit(command().Main(context.Background(), os.Args)) }

// command has the connectors of this module, all services of AWS, and Temporal.
func command() cli.Command {
	return cli.Command{
		Late: operations.Late(), Source: awsmodel.Source(), EventSources: sources.All(), Remote: temporal.New(),
		DataVersions: func() []string { return []string{"aws services of botocore " + awsmodel.Version()} },
	}
}
