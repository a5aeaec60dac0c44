// Peers measures clients of the AWS SDK that the bench is not to link: it reads
// an order of the bench from its standard input, and answers on its standard
// output.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/bench/load"
	"github.com/medlar-flow/medlar/internal/bench/stub"
)

// order is what the bench says of a measurement.
type order struct {
	Client  string        `json:"client"`
	Work    string        `json:"work"`
	AtOnce  int           `json:"atOnce"`
	Warm    time.Duration `json:"warm"`
	For     time.Duration `json:"for"`
	Stub    string        `json:"stub"`
	StubPID int           `json:"stubPid"`
	Profile string        `json:"profile"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(stdin io.Reader, stdout io.Writer) error {
	in := bufio.NewReader(stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("reading the order: %w", err)
	}
	var o order
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("reading the order: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	call, err := client(ctx, o)
	if err != nil {
		return err
	}
	how := load.Options{AtOnce: o.AtOnce, Warm: o.Warm, For: o.For, StubPID: o.StubPID, Profile: o.Profile}
	sample, err := load.Measure(ctx, how, call)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(map[string]figures.Sample{o.Client: sample})
}

// client makes a client as everybody makes it, with the keys of the environment.
func client(ctx context.Context, o order) (func(ctx context.Context) error, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the SDK's configuration: %w", err)
	}
	switch o.Work {
	case "send":
		c := sqs.NewFromConfig(cfg, func(options *sqs.Options) { options.BaseEndpoint = aws.String("http://" + o.Stub + stub.Queue) })
		in := &sqs.SendMessageInput{
			QueueUrl: aws.String("https://sqs.eu-west-1.amazonaws.com/000000000000/orders"), MessageBody: aws.String(stub.Message),
		}
		return func(ctx context.Context) error {
			out, err := c.SendMessage(ctx, in)
			if err == nil && aws.ToString(out.MessageId) != stub.MessageID {
				err = errors.New("the message is not the stub's")
			}
			return err
		}, nil
	case "item":
		c := dynamodb.NewFromConfig(cfg, func(options *dynamodb.Options) { options.BaseEndpoint = aws.String("http://" + o.Stub + stub.Table) })
		in := &dynamodb.GetItemInput{
			TableName: aws.String("orders"), Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "o-1700"}},
		}
		return func(ctx context.Context) error {
			out, err := c.GetItem(ctx, in)
			if err == nil && len(out.Item) != 5 {
				err = errors.New("the item is not the stub's")
			}
			return err
		}, nil
	default:
		return nil, fmt.Errorf("there is no work %q", o.Work)
	}
}
