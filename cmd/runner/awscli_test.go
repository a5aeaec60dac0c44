package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/cli"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations"
)

// startLocal runs `runner local` with the examples' functions until the test
// ends, and gives the environment that it prints.
func startLocal(t *testing.T) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	c := cli.Command{
		Connectors: operations.All(), Stdout: write, Stderr: io.Discard,
		Env: func(string) (string, bool) { return "", false },
	}
	ended := make(chan int, 1)
	go func() {
		code := c.Run(ctx, []string{"local", "--listen", "127.0.0.1:0", "--functions", "../../flows/examples/functions.yaml"})
		_ = write.Close()
		ended <- code
	}()
	t.Cleanup(func() {
		cancel()
		_ = read.Close()
		<-ended
	})
	return readExports(t, read)
}

// readExports reads the lines `export NAME=value` up to the last one that a
// client needs.
func readExports(t *testing.T, r io.Reader) []string {
	t.Helper()
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER="}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		pair, ok := strings.CutPrefix(lines.Text(), "export ")
		if !ok {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		env = append(env, name+"="+strings.Trim(value, `"'`))
		if name == "AWS_REGION" {
			env = append(env, "AWS_DEFAULT_REGION="+strings.Trim(value, `"'`))
		}
		if name == "AWS_SECRET_ACCESS_KEY" {
			return env
		}
	}
	t.Fatalf("runner local printed no environment: %v", lines.Err())
	return nil
}

// TestAWSCLI: the AWS CLI works with the endpoint that `runner local` prints.
func TestAWSCLI(t *testing.T) {
	aws := testenv.AWS.Find(t)
	env := startLocal(t)
	endpoint := ""
	for _, pair := range env {
		if value, ok := strings.CutPrefix(pair, "AWS_ENDPOINT_URL="); ok {
			endpoint = value
		}
	}
	out := filepath.Join(t.TempDir(), "out.json")
	// From a file: versions of the CLI differ in how they read the argument.
	in := filepath.Join(t.TempDir(), "in.json")
	if err := os.WriteFile(in, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	script := map[string]struct{ args, want string }{
		"get-account-settings": {"lambda get-account-settings", `"ConcurrentExecutions": 1000`},
		"create-alias":         {"lambda create-alias --function-name orders --name beta --function-version 2 --routing-config AdditionalVersionWeights={1=0.5}", `"FunctionVersion": "2"`},
		"get-alias":            {"lambda get-alias --function-name orders --name live", `"Name": "live"`},
		"invoke":               {"lambda invoke --function-name orders --qualifier 3 --payload fileb://" + in + " " + out, `"ExecutedVersion": "3"`},
		"assume-role":          {"sts assume-role --role-arn arn:aws:iam::000000000000:role/deployer --role-session-name cli", `"SessionToken":`},
		"get-caller-identity":  {"sts get-caller-identity", `"Account": "000000000000"`},
	}
	var running sync.WaitGroup
	for name, call := range script {
		running.Go(func() {
			// The endpoint as a flag: older versions do not read the variable.
			args := append([]string{"--endpoint-url", endpoint, "--output", "json"}, strings.Fields(call.args)...)
			cmd, cancel := testenv.Command(t.Context(), aws, args...)
			defer cancel()
			cmd.Env = env
			answer, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(answer), call.want) {
				t.Errorf("%s: %v\n%s", name, err, answer)
			}
		})
	}
	running.Wait()
	answer, err := os.ReadFile(out)
	var payload struct{ OK *bool }
	if err != nil || json.Unmarshal(answer, &payload) != nil || payload.OK == nil || *payload.OK {
		t.Errorf("invoke wrote %s (%v)", answer, err)
	}
}
