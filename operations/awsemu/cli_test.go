package awsemu_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu"
)

// TestAWSCommandLine runs the script with the AWS CLI, several calls at a
// time because each start of it takes about a second.
func TestAWSCommandLine(t *testing.T) {
	if testing.Short() || awsemu.RaceDetector {
		t.Skip("the AWS CLI takes a second for each call, and no other path than the SDKs")
	}
	testenv.NeedThorough(t, "some 40 calls of the AWS CLI take minutes")
	aws := testenv.AWS2.Find(t)
	scripted(t, func(r *rig) client {
		return func(t *testing.T, stage []scriptCall) []scriptResult {
			results := make([]scriptResult, len(stage))
			places := make(chan struct{}, 6)
			var all sync.WaitGroup
			for i, one := range stage {
				home := t.TempDir()
				all.Go(func() {
					places <- struct{}{}
					defer func() { <-places }()
					results[i] = runCLI(t, r, aws, home, one)
				})
			}
			all.Wait()
			return results
		}
	})
}

var (
	capitals = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	cliError = regexp.MustCompile(`An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: (.*)`)
)

func runCLI(t *testing.T, r *rig, aws, home string, one scriptCall) scriptResult {
	command := strings.ToLower(capitals.ReplaceAllString(one.operation, "$1-$2"))
	answer := filepath.Join(home, "answer")
	args := []string{one.service, command, "--output", "json"}
	if one.operation == "Invoke" {
		args = append(append(args, options(one.input)...), answer)
	} else {
		args = append(args, "--cli-input-json", one.input)
	}
	cmd, cancel := testenv.Command(t.Context(), aws, args...)
	defer cancel()
	cmd.Env = append(os.Environ(), r.Env()...)
	cmd.Env = append(cmd.Env, "AWS_CONFIG_FILE="+filepath.Join(home, "config"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(home, "credentials"),
		"AWS_PAGER=", "AWS_MAX_ATTEMPTS=1")
	// The CLI of Debian knows no AWS_ENDPOINT_URL yet.
	cmd.Args = append(cmd.Args, "--endpoint-url", r.URL())
	out, err := cmd.CombinedOutput()
	if err != nil {
		if m := cliError.FindStringSubmatch(string(out)); m != nil {
			return scriptResult{Error: m[1], Message: m[2]}
		}
		return scriptResult{Error: "?", Message: string(out) + err.Error()}
	}
	var result scriptResult
	if err := json.Unmarshal(out, &result.Output); err != nil && len(strings.TrimSpace(string(out))) > 0 {
		return scriptResult{Error: "?", Message: string(out)}
	}
	if one.operation == "Invoke" {
		payload, _ := os.ReadFile(answer) // there is none for an event
		result.Output["Payload"] = base64.StdEncoding.EncodeToString(payload)
	}
	return result
}

// options writes an input of texts as options: invoke wants it so.
func options(input string) []string {
	var members map[string]string
	_ = json.Unmarshal([]byte(input), &members) // what is missing will be told
	var args []string
	for name, value := range members {
		args = append(args, "--"+strings.ToLower(capitals.ReplaceAllString(name, "$1-$2")), value)
	}
	return args
}
