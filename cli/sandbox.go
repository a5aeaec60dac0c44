package cli

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/schema"
)

// sandbox is an emulator that runs as long as one flow.
type sandbox struct {
	connector.Sandbox
	emulator *awsemu.Emulator
}

// emulatorRegion is where things are that name no region.
const emulatorRegion = "us-east-1"

// startSandbox starts an emulator on a free port of this machine.
func (a *app) startSandbox(ctx context.Context, flow string, f *runFlags) (*sandbox, error) {
	fixture, err := a.fixture(ctx, cmp.Or(f.functions, functionsBeside(flow)))
	if err != nil {
		return nil, err
	}
	region := cmp.Or(f.region, emulatorRegion)
	emulator, err := startEmulator(awsemu.Options{Listen: "127.0.0.1:0", Region: region, Fixture: fixture})
	if err != nil {
		return nil, err
	}
	return &sandbox{
		emulator: emulator,
		Sandbox: connector.Sandbox{
			Endpoint: emulator.URL(), Services: emulator.Services(),
			Annotations: connector.Annotations{awsapi.SandboxKeys{
				Region: region, AccessKeyID: awsemu.AccessKeyID, SecretAccessKey: schema.Secret(awsemu.SecretAccessKey),
			}},
		},
	}, nil
}

// close ends the emulator. What it had to say would come too late.
func (s *sandbox) close() { _ = s.emulator.Close() }

func startEmulator(options awsemu.Options) (*awsemu.Emulator, error) {
	emulator, err := awsemu.New(options)
	if err != nil {
		help := ""
		var path *fs.PathError
		if errors.As(err, &path) && options.Data == "" {
			help = "temporary files go to " + os.TempDir() + ": make that folder, or have TMPDIR name one that can be written to"
		}
		return nil, wrong(help, "the emulator cannot be set up: %w", err)
	}
	err = emulator.Start()
	var network *net.OpError
	switch {
	case errors.As(err, &network):
		return nil, failedBecause("the emulator does not start: %w", err)
	case err != nil:
		return nil, wrong("", "the emulator does not start: %w", err)
	}
	return emulator, nil
}

// fixture reads the emulator's functions. Without a path there are none.
func (a *app) fixture(ctx context.Context, path string) (*awsemu.Fixture, error) {
	if path == "" {
		return nil, nil
	}
	src, err := a.readFile(ctx, "--functions", path)
	if err != nil {
		return nil, err
	}
	fixture, err := awsemu.ReadFixture(path, src)
	if err != nil {
		return nil, a.fixtureProblem(err)
	}
	return fixture, nil
}

// fixtureProblem prints the mistakes of a functions file, which know their
// places.
func (a *app) fixtureProblem(err error) error {
	var found *awsemu.FixtureError
	if !errors.As(err, &found) {
		return wrong("", "--functions: %w", err)
	}
	if err := found.Print(a.Stderr); err != nil {
		return failedBecause("printing mistakes: %w", err)
	}
	return silently(exitWrong)
}

// functionsBeside finds the functions that belong to a flow: canary.yaml has
// canary.functions.yaml, else the functions.yaml of its folder.
func functionsBeside(flow string) string {
	for _, path := range []string{
		strings.TrimSuffix(flow, filepath.Ext(flow)) + ".functions.yaml",
		filepath.Join(filepath.Dir(flow), "functions.yaml"),
	} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			return path
		}
	}
	return ""
}
