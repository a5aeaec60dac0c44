package awsmodel_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsmodel"
)

// queue is a server that takes any message.
func queue(b *testing.B) *httptest.Server {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, `{"MD5OfMessageBody": "5d41402abc4b2a76b9719d911017c592", "MessageId": "m"}`)
	}))
	b.Cleanup(server.Close)
	return server
}

const atOnce = 16

// BenchmarkSendMessage compares sqs.sendMessage, 16 at once, with the SDK's
// client over the same server.
func BenchmarkSendMessage(b *testing.B) {
	url, text := "https://q", "hello"
	b.Run("sdk", func(b *testing.B) {
		server := queue(b)
		client := sqs.NewFromConfig(aws.Config{
			Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
		})
		in := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &text}
		parallel(b, func(ctx context.Context) error {
			_, err := client.SendMessage(ctx, in)
			return err
		})
	})
	b.Run("model", func(b *testing.B) {
		server := queue(b)
		c := awsmodel.Source().Connector("sqs")
		params, err := c.Connection.Convert(map[string]any{
			"region": "eu-west-1", "endpoint": server.URL, "accessKeyId": "AKID", "secretAccessKey": "secret",
		})
		if err != nil {
			b.Fatal(err)
		}
		conn, err := c.Open(context.Background(), connector.OpenRequest{Params: params})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		reg := registry(b)
		op, _ := reg.Operation("sqs.sendMessage")
		for _, o := range c.Operations {
			if o.Name == "sqs.sendMessage" {
				op = o
			}
		}
		call := &connector.Call{Params: map[string]any{"queueUrl": url, "messageBody": text}, Connection: conn}
		parallel(b, func(ctx context.Context) error {
			_, err := op.Run(ctx, call)
			return err
		})
	})
}

func parallel(b *testing.B, do func(context.Context) error) {
	b.Helper()
	b.ReportAllocs()
	b.SetParallelism(atOnce / 2)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := do(context.Background()); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
