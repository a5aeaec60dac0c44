// Testfunction is a Go function as users deploy them, for the tests of the
// emulator: what it does stands in the event.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do    string
	N     int
	Text  string
	Sleep int // milliseconds

	// QueryStringParameters are those of a call at the function's address, which
	// may have the others.
	QueryStringParameters map[string]string
}

type answer struct {
	N       int
	PID     int
	Name    string
	Version string
	ARN     string
	ID      string
	Client  string
	Stage   string
	Left    int64 // milliseconds until the deadline
	Role    string
}

func main() {
	if len(os.Args) > 2 && os.Args[1] == "extension" {
		extend(os.Args[2])
		return
	}
	if os.Getenv("DURABLE") != "" {
		lambda.Start(steps)
		return
	}
	if os.Getenv("FAIL_INIT") != "" {
		fmt.Println("cannot start")
		os.Exit(3)
	}
	if os.Getenv("STREAM") != "" {
		lambda.Start(stream)
		return
	}
	lambda.Start(handle)
}

func stream(_ context.Context, in event) (io.Reader, error) {
	if q := in.QueryStringParameters; q != nil {
		in.Do = q["Do"]
		in.N, _ = strconv.Atoi(q["N"])
		in.Sleep, _ = strconv.Atoi(q["Sleep"])
	}
	if in.Do == "fail" {
		return nil, errors.New("no stream")
	}
	from, to := io.Pipe()
	go func() {
		if in.Do == "bulk" { // N MiB, and a byte more where there is a text
			part := make([]byte, 1<<20)
			for range in.N {
				_, _ = to.Write(part)
			}
			_, _ = io.WriteString(to, in.Text)
			_ = to.Close()
			return
		}
		for i := range in.N {
			fmt.Fprintf(to, "part %d\n", i)
			time.Sleep(time.Duration(in.Sleep) * time.Millisecond)
		}
		if in.Do == "break" {
			_ = to.CloseWithError(errors.New("broken off"))
			return
		}
		_ = to.Close()
	}()
	return from, nil
}

var kept [][]byte

func handle(ctx context.Context, in event) (any, error) {
	if in.Text != "" {
		fmt.Println(in.Text)
	}
	time.Sleep(time.Duration(in.Sleep) * time.Millisecond)
	switch in.Do {
	case "fail":
		return nil, errors.New("told to fail")
	case "panic":
		panic("told to panic")
	case "exit":
		os.Exit(in.N)
	case "env":
		return map[string]string{
			"init": os.Getenv("AWS_LAMBDA_INITIALIZATION_TYPE"), "api": os.Getenv("AWS_LAMBDA_METADATA_API"), "token": os.Getenv("AWS_LAMBDA_METADATA_TOKEN"),
		}, nil
	case "large":
		return strings.Repeat("x", in.N), nil
	case "eat":
		for {
			b := make([]byte, 8<<20)
			for i := range b {
				b[i] = 1
			}
			kept = append(kept, b)
			time.Sleep(5 * time.Millisecond)
		}
	}
	about, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return answer{
		N: in.N, PID: os.Getpid(), Name: lambdacontext.FunctionName, Version: lambdacontext.FunctionVersion,
		ARN: about.InvokedFunctionArn, ID: about.AwsRequestID, Client: about.ClientContext.Custom["who"],
		Stage: os.Getenv("STAGE"), Left: time.Until(deadline).Milliseconds(), Role: os.Getenv("AWS_ACCESS_KEY_ID"),
	}, nil
}
