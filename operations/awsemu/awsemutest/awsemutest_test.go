package awsemutest_test

import (
	"context"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/operations/awsemu/awsemutest"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	goleak.VerifyTestMain(m)
}

func echo(_ context.Context, payload []byte) ([]byte, error) { return payload, nil }

func TestOneLine(t *testing.T) {
	emulator := awsemutest.Start(t, awsemu.Options{Handlers: map[string]awsemu.Handler{"echo": echo}})
	out, err := lambda.NewFromConfig(emulator.Config()).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("echo"), Payload: []byte(`"hello"`)})
	if err != nil || string(out.Payload) != `"hello"` {
		t.Errorf("got %v, %v", out, err)
	}
}

func TestFixtureAndEnvironment(t *testing.T) {
	emulator := awsemutest.Start(t, awsemu.Options{Region: "eu-west-1", Fixture: awsemutest.Fixture(t, "functions: {f: {reply: 1}}")})
	emulator.Setenv(t)
	if os.Getenv("AWS_ENDPOINT_URL") != emulator.URL() || os.Getenv("AWS_REGION") != "eu-west-1" {
		t.Errorf("the environment is %v", emulator.Env())
	}
	got, err := lambda.NewFromConfig(emulator.Config()).GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: aws.String("f")})
	if err != nil || *got.Configuration.FunctionArn != "arn:aws:lambda:eu-west-1:000000000000:function:f" {
		t.Errorf("got %v, %v", got, err)
	}
}
