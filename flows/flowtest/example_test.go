package flowtest_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/operations"
)

// In a test of your own, give each report that is not OK to t.Error.
func Example() {
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		log.Fatal(err)
	}
	suite, err := flowtest.Load(os.DirFS("../examples"), "invoke.test.yaml", registry)
	if err != nil {
		log.Fatal(err) // every mistake of the test file and of the flow
	}
	report := suite.Run(context.Background())
	for _, outcome := range report.Outcomes {
		fmt.Println(outcome.OK(), outcome.Test.Name(), outcome.Virtual.Round(time.Second))
	}
	// Output:
	// true the answer is passed on 0s
	// true an answer without a message 0s
	// true two throttled attempts are no failure 20s
	// true a function that does not answer in time 10s
}
