package awsemu_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAWSCommandLine uses the emulator as the AWS CLI does. The calls run at
// once because each start of the CLI takes about a second.
func TestAWSCommandLine(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("the AWS CLI (aws) is not on the PATH")
	}
	r := example(t)
	home := t.TempDir()
	payload := filepath.Join(home, "payload.json")
	if err := os.WriteFile(payload, []byte(`{"order": "o-17"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	calls := []struct {
		name string
		args []string
		want string
	}{
		{"get-account-settings", []string{"lambda", "get-account-settings"}, `"ConcurrentExecutions": 1000`},
		{"create-alias", []string{"lambda", "create-alias", "--function-name", "orders", "--name", "canary", "--function-version", "1", "--routing-config", "AdditionalVersionWeights={2=0.1}"}, `"2": 0.1`},
		{"get-alias", []string{"lambda", "get-alias", "--function-name", orders, "--name", "live"}, `"FunctionVersion": "1"`},
		{"get-alias without one", []string{"lambda", "get-alias", "--function-name", "orders", "--name", "none"}, "(ResourceNotFoundException)"},
		{"invoke", []string{"lambda", "invoke", "--function-name", "orders:2", "--payload", "file://" + payload, filepath.Join(home, "out")}, `"ExecutedVersion": "2"`},
		{"assume-role", []string{"sts", "assume-role", "--role-arn", deployer, "--role-session-name", "cli"}, "assumed-role/deployer/cli"},
	}
	// The subtests are a group of their own, so that they end before the
	// emulator does.
	t.Run("calls", func(t *testing.T) {
		for _, c := range calls {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				out := runCLI(r, home, c.args...)
				if !strings.Contains(out, c.want) {
					t.Errorf("no %s in\n%s", c.want, out)
				}
			})
		}
	})
	same(t, `{"ok":true,"order":"o-17","probe":null,"version":"2"}`, string(ok(os.ReadFile(filepath.Join(home, "out")))(t)))
}

// runCLI gives everything that the AWS CLI prints.
func runCLI(r *rig, home string, args ...string) string {
	cmd := exec.Command("aws", append(args, "--endpoint-url", r.URL(), "--region", "us-east-1", "--output", "json")...)
	cmd.Env = append(os.Environ(), r.Env()...)
	cmd.Env = append(cmd.Env, "AWS_CONFIG_FILE="+filepath.Join(home, "config"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(home, "credentials"), "AWS_PAGER=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out) + err.Error()
	}
	return string(out)
}
