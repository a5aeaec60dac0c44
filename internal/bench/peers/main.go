// Peers measures clients of the AWS SDK that the bench is not to link: it reads
// an order of the bench from its standard input, and answers on its standard
// output.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/medlar-flow/medlar/internal/bench/load"
	"github.com/medlar-flow/medlar/internal/bench/stub"
)

func main() {
	if err := load.Answer(os.Stdin, os.Stdout, target); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func target(ctx context.Context, o *load.Order) (*load.Target, error) {
	call, err := client(ctx, o)
	return &load.Target{Call: call}, err
}

// client makes a client as everybody makes it, with the keys of the environment.
func client(ctx context.Context, o *load.Order) (func(ctx context.Context) error, error) {
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
