package testenv

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// patience bounds one call of a foreign program, also one of the AWS CLI on a
// machine that is busy: it ends what hangs and measures nothing.
const patience = 2 * time.Minute

// Command returns a command that is killed after patience, with whatever it
// started that holds its output open.
func Command(ctx context.Context, program string, args ...string) (*exec.Cmd, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.WaitDelay = time.Second
	return cmd, cancel
}

// Program is a foreign program that a test needs.
type Program struct {
	Name string
	// Says matches what it prints for --version; the groups are the numbers of
	// its version.
	Says *regexp.Regexp
	// Least is the oldest version that will do.
	Least []int
}

// The programs of our tests, at the oldest version that each is written for.
var (
	AWS     = Program{Name: "aws", Says: regexp.MustCompile(`^aws-cli/(\d+)\.(\d+)`), Least: []int{1, 16}}
	AWS2    = Program{Name: "aws", Says: AWS.Says, Least: []int{2, 0}} // version 1 takes blobs as text
	Node    = Program{Name: "node", Says: regexp.MustCompile(`^v(\d+)\.(\d+)\.\d+\s*$`), Least: []int{16, 0}}
	Python3 = Program{Name: "python3", Says: regexp.MustCompile(`^Python (\d+)\.(\d+)`), Least: []int{3, 7}}
	// Debian's starts by a script that may say something first.
	Chromium = Program{Name: "chromium", Says: regexp.MustCompile(`(?m)^Chromium (\d+)\.(\d+)`), Least: []int{120, 0}}
	DpkgDeb  = Program{Name: "dpkg-deb", Says: regexp.MustCompile(`^Debian 'dpkg-deb' .* version (\d+)\.(\d+)`), Least: []int{1, 18}}
	Curl     = Program{Name: "curl", Says: regexp.MustCompile(`^curl (\d+)\.(\d+)`), Least: []int{7, 0}}
)

// Find returns the path of the program that stands first on the PATH. Where
// there is none, or it is too old or another program of that name, the test is
// skipped (see NeedVariable).
func (p Program) Find(t skipper) string {
	t.Helper()
	path, err := p.find(context.Background())
	if err != nil {
		missing(t, err.Error())
	}
	return path
}

// OK reports whether Find would return a path.
func (p Program) OK() bool {
	_, err := p.find(context.Background())
	return err == nil
}

func (p Program) find(ctx context.Context) (string, error) {
	path, err := exec.LookPath(p.Name)
	if err != nil {
		return "", fmt.Errorf("%s is not on the PATH", p.Name)
	}
	cmd, cancel := Command(ctx, path, "--version")
	defer cancel()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s --version fails: %w", path, err)
	}
	found := p.Says.FindStringSubmatch(string(out))
	if found == nil {
		line, _, _ := strings.Cut(string(out), "\n")
		return "", fmt.Errorf("%s is another program: it says its version is %.80q", path, line)
	}
	for i, least := range p.Least {
		n, err := strconv.Atoi(found[i+1])
		if err != nil || n < least {
			return "", fmt.Errorf("%s is version %s; %s is needed", path, strings.Join(found[1:], "."), text(p.Least))
		}
		if n > least {
			break
		}
	}
	return path, nil
}

func text(version []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(version), " ", "."), "[]")
}
