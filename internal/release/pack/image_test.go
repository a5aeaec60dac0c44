package main

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// opened returns the index of an image, as tools read it that copy it.
func opened(t *testing.T, archive string) v1.ImageIndex {
	t.Helper()
	folder := t.TempDir()
	untar(t, bytes.NewReader(content(t, archive)), folder)
	outer, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := outer.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 || manifest.Manifests[0].Annotations["org.opencontainers.image.ref.name"] == "" {
		t.Fatalf("the layout names %+v", manifest.Manifests)
	}
	index, err := outer.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Fatalf("it is no index: %v", err)
	}
	return index
}

// pulled sends an index to a registry on loopback and returns the image that
// somebody on this machine gets from it.
func pulled(t *testing.T, index v1.ImageIndex) v1.Image {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	ref, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/medlar/runner:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(ref, index, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(ref, remote.WithContext(t.Context()), remote.WithPlatform(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}))
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// TestImage: a registry takes it, it starts the program as a user without
// rights, and has certificates.
func TestImage(t *testing.T) {
	image := pulled(t, opened(t, filepath.Join(made(t), "x_oci.tar")))
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if c := file.Config; c.User != "65532:65532" || fmt.Sprint(c.Entrypoint) != "[/usr/bin/runner]" || c.Labels["org.opencontainers.image.version"] != "1.2.3-rc.1" ||
		file.Architecture != runtime.GOARCH || file.OS != "linux" || file.Created.Format("2006") != "2026" {
		t.Errorf("it is %+v", file)
	}
	folder := t.TempDir()
	untar(t, mutate.Extract(image), folder)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content(t, folder, "etc/ssl/certs/ca-certificates.crt")) {
		t.Error("there are no certificates")
	}
	if n := bytes.Count(content(t, folder, "etc/ssl/certs/ca-certificates.crt"), []byte("BEGIN CERTIFICATE")); n < 80 {
		t.Errorf("there are %d certificates", n)
	}
	if users := string(content(t, folder, "etc/passwd")); !strings.Contains(users, "nonroot:x:65532:65532:nonroot:/home/nonroot:") {
		t.Errorf("the users are %s", users)
	}
	if got := content(t, folder, "usr/bin/runner"); string(got) != program {
		t.Errorf("the program is %q", got)
	}
	papers(t, folder)
}

// papers finds what has to go with the programs: their own licence, and those of what
// they are made of.
func papers(t *testing.T, folder string) {
	t.Helper()
	for _, name := range []string{"LICENSE", "THIRD-PARTY.txt"} {
		found, err := filepath.Glob(filepath.Join(folder, "usr/share/doc/*", name))
		if err != nil || len(found) != 1 || len(content(t, found[0])) == 0 {
			t.Errorf("there is no %s: %v, %v", name, found, err)
		}
	}
}

// TestDistImage starts what was released: the program of the image alone in a
// folder that is its root, as the user of the image. MEDLAR_DIST is the folder
// of the release.
func TestDistImage(t *testing.T) {
	if os.Getenv("MEDLAR_DIST") == "" {
		t.Skip("set MEDLAR_DIST to a folder made by: go run ./internal/release --snapshot --only linux/amd64 --out FOLDER")
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the programs are for linux/amd64")
	}
	archives, err := filepath.Glob(filepath.Join(os.Getenv("MEDLAR_DIST"), "runner_*_oci.tar"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("%v, %v", archives, err)
	}
	index := opened(t, archives[0])
	if os.Getuid() != 0 {
		t.Skip("only root may change the root folder")
	}
	folder := t.TempDir()
	untar(t, mutate.Extract(pulled(t, index)), folder)
	papers(t, folder)
	if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil { // of this test: another user goes through it
		t.Fatal(err)
	}
	flow := "flow: t\nsteps: []\n"
	if err := os.WriteFile(filepath.Join(folder, "tmp", "t.yaml"), []byte(flow), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/usr/bin/runner", "check", "/tmp/t.yaml")
	alone(cmd, folder)
	out, err := cmd.CombinedOutput()
	if errors.Is(err, os.ErrPermission) {
		t.Skipf("this machine does not let root change the root folder: %v", err)
	}
	if err == nil || !strings.Contains(string(out), "[no-steps]") {
		t.Errorf("%v:\n%s", err, out)
	}
}
