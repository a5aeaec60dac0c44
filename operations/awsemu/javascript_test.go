package awsemu_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// TestJavaScriptClient runs the script with the AWS SDK for JavaScript, which
// MEDLAR_NODE_MODULES says where to find: a folder with node_modules.
func TestJavaScriptClient(t *testing.T) {
	need(t, "node")
	folder := os.Getenv("MEDLAR_NODE_MODULES")
	if folder == "" {
		if os.Getenv("MEDLAR_NEED_PROGRAMS") != "" {
			t.Fatal("MEDLAR_NODE_MODULES is not set, and MEDLAR_NEED_PROGRAMS is")
		}
		t.Skip("MEDLAR_NODE_MODULES names no folder with @aws-sdk/client-lambda and @aws-sdk/client-sts")
	}
	scripted(t, func(r *rig) client {
		return func(t *testing.T, stage []scriptCall) []scriptResult {
			type call struct {
				Service, Operation string
				Input              json.RawMessage
			}
			var calls []call
			for _, one := range stage {
				calls = append(calls, call{one.service, one.operation, json.RawMessage(one.input)})
			}
			cmd := exec.Command("node", "testdata/script.mjs", folder)
			cmd.Env = append(os.Environ(), r.Env()...)
			cmd.Stdin = bytes.NewReader(ok(json.Marshal(calls))(t))
			cmd.Stderr = os.Stderr
			cmd.Env = append(cmd.Env, "NODE_NO_WARNINGS=1")
			var results []scriptResult
			if err := json.Unmarshal(ok(cmd.Output())(t), &results); err != nil || len(results) != len(stage) {
				t.Fatalf("%d results of %d (%v)", len(results), len(stage), err)
			}
			return results
		}
	})
}
