// Package awsemutest gives a test an AWS emulator in one line:
//
//	aws := awsemutest.Start(t, awsemu.Options{Handlers: map[string]awsemu.Handler{"orders": takeOrder}})
//	client := lambda.NewFromConfig(aws.Config())
//
// It is a package of its own so that programs which use the emulator do not
// link package testing.
package awsemutest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

// Emulator is a started emulator that ends with its test.
type Emulator struct {
	*awsemu.Emulator
	region    string
	transport *http.Transport
}

// Start starts an emulator on a free port. The test fails where that does not
// work, and where the emulator does not end cleanly after it. A new function is
// active at once unless Options.Settling says otherwise.
func Start(t testing.TB, o awsemu.Options) *Emulator {
	t.Helper()
	if o.Settling == 0 {
		o.Settling = -1
	}
	emulator, err := awsemu.New(o)
	if err == nil {
		err = emulator.Start()
	}
	if err != nil {
		t.Fatalf("starting the emulator: %v", err)
	}
	e := &Emulator{Emulator: emulator, region: "us-east-1", transport: &http.Transport{}}
	if o.Region != "" {
		e.region = o.Region
	}
	t.Cleanup(func() {
		e.transport.CloseIdleConnections()
		if err := emulator.Close(); err != nil {
			t.Errorf("closing the emulator: %v", err)
		}
	})
	return e
}

// Config is what clients of the SDK are made with. Their connections end with
// the test.
func (e *Emulator) Config() aws.Config {
	return aws.Config{
		Region:       e.region,
		BaseEndpoint: aws.String(e.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(awsemu.AccessKeyID, awsemu.SecretAccessKey, ""),
		HTTPClient:   &http.Client{Transport: e.transport},
	}
}

// Setenv sets the environment of the test so that clients which read theirs
// from it use the emulator. Such a test cannot run in parallel.
func (e *Emulator) Setenv(t testing.TB) {
	t.Helper()
	for _, entry := range e.Env() {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
}

// Fixture reads the text of a functions file, which must be right.
func Fixture(t testing.TB, text string) *awsemu.Fixture {
	t.Helper()
	fixture, err := awsemu.ReadFixture("functions.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return fixture
}
