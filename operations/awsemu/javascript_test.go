package awsemu_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// nodeModules is what MEDLAR_NODE_MODULES names a folder with.
const nodeModules = "@aws-sdk/client-lambda and @aws-sdk/client-sts"

// TestJavaScriptClient runs the script with the AWS SDK for JavaScript, which
// MEDLAR_NODE_MODULES says where to find: a folder with node_modules.
func TestJavaScriptClient(t *testing.T) {
	node, folder := testenv.Node.Find(t), testenv.Folder(t, "MEDLAR_NODE_MODULES", nodeModules)
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
			cmd, cancel := testenv.Command(t.Context(), node, "testdata/script.mjs", folder)
			defer cancel()
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
