package direct

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// BenchmarkInvoke is a client's own cost of a small call: nothing is sent.
func BenchmarkInvoke(b *testing.B) {
	in := &lambda.InvokeInput{FunctionName: aws.String("orders"), Payload: []byte(`{"order":{"id":"ord-000042","total":129.95}}`)}
	ctx := context.Background()
	for name, learn := range map[string]func(*invoking) *invoking{
		"form":  func(i *invoking) *invoking { return i },
		"stack": (*invoking).inStacks,
	} {
		b.Run(name, func(b *testing.B) {
			both := learn(newInvoking(aws.Config{}, answering(`{"ok":true}`, "Date", httpDate(0)), nil))
			both.learn(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := both.direct.Do(ctx, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("sdk", func(b *testing.B) {
		both := newInvoking(aws.Config{}, answering(`{"ok":true}`, "Date", httpDate(0)), nil)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := both.bySDK(ctx, in); err != nil {
				b.Fatal(err)
			}
		}
	})
}
