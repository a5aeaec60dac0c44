package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/medlar-flow/medlar/internal/bench/stub"
)

const (
	region    = "eu-west-1"
	accessKey = "AKIDBENCH"
	secretKey = "not-a-secret-only-a-key-for-loopback"
)

// keys is the environment with the credentials: that of every child, as of
// most programs that call AWS.
func keys() []string {
	return []string{"AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey}
}

// payload is what every client sends, as the flow's mapping makes it.
const payload = `{"id":"o-1700","total":249.5,"lines":[{"article":"lamp","count":1},{"article":"bulb","count":4}],"region":"eu-west-1"}`

// invoker calls a function of the stub.
type invoker func(ctx context.Context, function string, payload []byte) ([]byte, error)

// netHTTP calls with net/http alone, or with a signer where sign is given.
// Connections are kept for all workers.
func netHTTP(o *order, sign func(ctx context.Context, r *http.Request, body []byte) error) invoker {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.AtOnce, DisableCompression: true}}
	return func(ctx context.Context, function string, payload []byte) ([]byte, error) {
		url := "http://" + o.Stub + stub.Invocations(function)
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(payload))
		if err != nil {
			return nil, err //nolint:wrapcheck // the measurement fails with it
		}
		r.Header.Set("Content-Type", "application/octet-stream")
		if sign != nil {
			if err := sign(ctx, r, payload); err != nil {
				return nil, err
			}
		}
		resp, err := client.Do(r)
		if err != nil {
			return nil, err //nolint:wrapcheck // the measurement fails with it
		}
		defer resp.Body.Close() //nolint:errcheck // it was read to its end
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("status %d", resp.StatusCode)
		}
		return io.ReadAll(resp.Body) //nolint:wrapcheck // the measurement fails with it
	}
}

// sdkSigner signs as the SDK does, with the signer that it offers to everybody.
func sdkSigner() func(ctx context.Context, r *http.Request, body []byte) error {
	signer := v4.NewSigner()
	keys := aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey}
	return func(ctx context.Context, r *http.Request, body []byte) error {
		sum := sha256.Sum256(body)
		return signer.SignHTTP(ctx, keys, r, hex.EncodeToString(sum[:]), "lambda", region, time.Now()) //nolint:wrapcheck // the measurement fails with it
	}
}

// sdkClient is the client of the SDK as everybody makes it.
func sdkClient(ctx context.Context, o *order) (*lambda.Client, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(accessKey, secretKey, "")))
	if err != nil {
		return nil, fmt.Errorf("reading the SDK's configuration: %w", err)
	}
	return lambda.NewFromConfig(cfg, func(options *lambda.Options) { options.BaseEndpoint = aws.String("http://" + o.Stub) }), nil
}

func sdkInvoker(client *lambda.Client) invoker {
	return func(ctx context.Context, function string, payload []byte) ([]byte, error) {
		out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &function, Payload: payload})
		if err != nil {
			return nil, err //nolint:wrapcheck // the measurement fails with it
		}
		return out.Payload, nil
	}
}

func sdkSettings(client *lambda.Client) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		out, err := client.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
		if err != nil {
			return err //nolint:wrapcheck // the measurement fails with it
		}
		if out.AccountLimit == nil || out.AccountLimit.ConcurrentExecutions != stub.Concurrency {
			return errors.New("the settings are not those of the stub")
		}
		return nil
	}
}

// once calls a function and looks at how much it answered.
func (i invoker) once(ctx context.Context, function string) error {
	answer, err := i(ctx, function, []byte(payload))
	if err == nil && len(answer) == 0 {
		err = errors.New("an empty answer")
	}
	return err
}

// pass calls a function, and again with what it answered.
func (i invoker) pass(ctx context.Context, function string) error {
	answer, err := i(ctx, function, []byte(payload))
	if err == nil {
		answer, err = i(ctx, function, answer)
	}
	if err == nil && len(answer) != stub.Large {
		err = fmt.Errorf("an answer of %d bytes", len(answer))
	}
	return err
}
