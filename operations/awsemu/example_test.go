package awsemu_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

// An emulator with one declared function, used through the SDK.
func Example() {
	fixture, err := awsemu.ReadFixture("functions.yaml", []byte(`
functions:
  greet:
    reply: {message: "hello ${event.name}"}
`))
	if err != nil {
		log.Fatal(err)
	}
	emulator, err := awsemu.New(awsemu.Options{Fixture: fixture})
	if err != nil {
		log.Fatal(err)
	}
	if err := emulator.Start(); err != nil {
		log.Fatal(err)
	}
	defer emulator.Close()

	client := lambda.New(lambda.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(emulator.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(awsemu.AccessKeyID, awsemu.SecretAccessKey, ""),
	})
	out, err := client.Invoke(context.Background(), &lambda.InvokeInput{
		FunctionName: aws.String("greet"),
		Payload:      []byte(`{"name": "world"}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(out.Payload))
	// Output: {"message":"hello world"}
}

// Every mistake of a functions file is told at once.
func ExampleReadFixture() {
	_, err := awsemu.ReadFixture("functions.yaml", []byte("functions:\n  greet: {timout: 3, memorySize: big}\n"))
	fmt.Println(err)
	// Output:
	// functions.yaml:2:11: error: unknown key "timout" of a function: did you mean "timeout"? [functions-file]
	// functions.yaml:2:34: error: expected a whole number, found a text [functions-file]
}
