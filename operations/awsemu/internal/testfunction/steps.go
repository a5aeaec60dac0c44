package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// turn is what a durable function gets.
type turn struct {
	DurableExecutionArn   string
	CheckpointToken       string
	InitialExecutionState struct {
		Operations []struct{ ID, Status string }
	}
}

// stepsOf is how many steps there are.
const stepsOf = 20

// steps is a durable function without an SDK: twenty steps, and a wait in the
// middle of them. EFFECTS names the file in which it writes down when the body
// of a step runs, and when its checkpoint was answered; STEP_TAKES is how long a
// body runs.
func steps(ctx context.Context, one turn) (any, error) {
	effects, err := os.OpenFile(os.Getenv("EFFECTS"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer effects.Close()
	takes, _ := time.ParseDuration(os.Getenv("STEP_TAKES"))
	done := map[string]string{}
	for _, o := range one.InitialExecutionState.Operations {
		done[o.ID] = o.Status
	}
	id := one.DurableExecutionArn[len(one.DurableExecutionArn)-36:]
	for i := range stepsOf {
		step := "s" + strconv.Itoa(i)
		if done[step] == "SUCCEEDED" {
			continue
		}
		if i == stepsOf/2 && done["w"] != "SUCCEEDED" {
			if done["w"] == "" {
				if err := one.checkpoint(ctx, `{"Id":"w","Type":"WAIT","Action":"START","WaitOptions":{"WaitSeconds":1}}`); err != nil {
					return nil, err
				}
			}
			return map[string]string{"Status": "PENDING"}, nil
		}
		fmt.Fprintf(effects, "body %s %s %d\n", id, step, os.Getpid())
		time.Sleep(takes)
		err := one.checkpoint(ctx, fmt.Sprintf(`{"Id":%q,"Type":"STEP","Action":"START"},{"Id":%[1]q,"Type":"STEP","Action":"SUCCEED","Payload":"\"%[1]s\""}`, step))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(effects, "done %s %s %d\n", id, step, os.Getpid())
	}
	return map[string]string{"Status": "SUCCEEDED", "Result": "20"}, nil
}

// checkpoint reports updates, and waits until they are kept.
func (t *turn) checkpoint(ctx context.Context, updates string) error {
	body := fmt.Appendf(nil, `{"CheckpointToken":%q,"Updates":[%s]}`, t.CheckpointToken, updates)
	at := os.Getenv("AWS_ENDPOINT_URL") + "/2025-12-01/durable-executions/" + url.PathEscape(t.DurableExecutionArn) + "/checkpoint"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(body))
	if err != nil {
		return err
	}
	pair := aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN")}
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	if err := v4.NewSigner().SignHTTP(ctx, pair, r, "UNSIGNED-PAYLOAD", "lambda", os.Getenv("AWS_REGION"), time.Now()); err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the checkpoint was not taken: %d %s", answer.StatusCode, text)
	}
	return json.Unmarshal(text, t) // the next token
}
