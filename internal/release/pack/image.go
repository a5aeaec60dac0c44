package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// imageOf is an image of one program for several architectures, begun from
// nothing: the program, certificates of authorities, a user without rights.
type imageOf struct {
	File     string            // to make: an archive with an OCI layout
	Command  string            // what is started: runner
	Binaries map[string]string // paths by architecture
	License  string            // the path of its text
	Notices  string            // the path of those of others
}

const (
	nobody = 65532 // the user whom images without a system agree on
	home   = "home/nonroot"
)

func (p plan) image(of imageOf) error {
	folder, err := os.MkdirTemp("", "image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arch := range slices.Sorted(maps.Keys(of.Binaries)) {
		image, err := p.imageFor(of, arch)
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}},
		})
	}
	// The layout names one thing, the index of all architectures, by the version,
	// which is what tools that copy it ask for.
	path, err := layout.Write(folder, mutate.IndexMediaType(empty.Index, types.OCIImageIndex))
	if err != nil {
		return err
	}
	tag := strings.ReplaceAll(p.Version, "+", "-") // which no tag has
	if _, err := name.NewTag("x/" + of.Command + ":" + tag); err != nil {
		return err
	}
	err = path.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": tag}))
	if err != nil {
		return err
	}
	return p.archive(folder, filepath.Join(p.Out, of.File))
}

func (p plan) imageFor(of imageOf, arch string) (v1.Image, error) {
	binary, err := os.ReadFile(of.Binaries[arch])
	if err != nil {
		return nil, err
	}
	license, err := os.ReadFile(of.License)
	if err != nil {
		return nil, err
	}
	notices, err := os.ReadFile(of.Notices)
	if err != nil {
		return nil, err
	}
	ground, err := p.layer(ground())
	if err != nil {
		return nil, err
	}
	program, err := p.layer([]entry{
		{name: "usr/bin/" + of.Command, mode: 0o755, data: binary},
		{name: "usr/share/doc/" + p.Name + "/LICENSE", mode: 0o644, data: license},
		{name: "usr/share/doc/" + p.Name + "/THIRD-PARTY.txt", mode: 0o644, data: notices},
	})
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	made := func(by string) v1.History { return v1.History{Created: v1.Time{Time: p.Time}, CreatedBy: by} }
	image, err = mutate.Append(image,
		mutate.Addendum{Layer: ground, MediaType: types.OCILayer, History: made("certificates of authorities, the user nonroot")},
		mutate.Addendum{Layer: program, MediaType: types.OCILayer, History: made(of.Command + " " + p.Version)},
	)
	if err != nil {
		return nil, err
	}
	return p.configured(image, of.Command, arch)
}

func (p plan) configured(image v1.Image, command, arch string) (v1.Image, error) {
	before, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file := before.DeepCopy()
	file.OS, file.Architecture, file.Created = "linux", arch, v1.Time{Time: p.Time}
	file.Config = v1.Config{
		Entrypoint: []string{"/usr/bin/" + command},
		User:       fmt.Sprintf("%d:%d", nobody, nobody),
		WorkingDir: "/" + home,
		Env:        []string{"PATH=/usr/bin", "HOME=/" + home},
		// A server that is asked to end finishes what it does, as the command does.
		StopSignal: "SIGTERM",
		Labels: map[string]string{
			"org.opencontainers.image.title": command, "org.opencontainers.image.version": p.Version,
			"org.opencontainers.image.revision": p.Revision, "org.opencontainers.image.source": p.Homepage,
			"org.opencontainers.image.licenses": p.License, "org.opencontainers.image.description": p.Description,
		},
	}
	return mutate.ConfigFile(image, file)
}

// entry is a file of an image, or a folder where the name ends with a slash.
type entry struct {
	name  string
	mode  int64
	owner int
	data  []byte
}

// ground returns what a program expects of a system.
func ground() []entry {
	return []entry{
		{name: "etc/passwd", mode: 0o644, data: fmt.Appendf(nil, "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:%d:%d:nonroot:/%s:/sbin/nologin\n", nobody, nobody, home)},
		{name: "etc/group", mode: 0o644, data: fmt.Appendf(nil, "root:x:0:\nnonroot:x:%d:\n", nobody)},
		{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, data: authorities()},
		{name: "home/", mode: 0o755},
		{name: home + "/", mode: 0o700, owner: nobody},
		{name: "tmp/", mode: 0o1777},
	}
}

// authorities returns the certificates that Mozilla trusts without a condition:
// a file of certificates cannot say one.
func authorities() []byte {
	var out bytes.Buffer
	for root := range bundle.Roots() {
		if _, err := x509.ParseCertificate(root.Certificate); err != nil || root.Constraint != nil {
			continue
		}
		_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // to memory
	}
	return out.Bytes()
}

func (p plan) layer(entries []entry) (v1.Layer, error) {
	var out bytes.Buffer
	if err := p.tar(&out, entries); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(out.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
}

// tar writes entries, and the folders that they are in, each once.
func (p plan) tar(to io.Writer, entries []entry) error {
	w := tar.NewWriter(to)
	made := map[string]bool{".": true}
	write := func(e entry) error {
		kind := byte(tar.TypeReg)
		if strings.HasSuffix(e.name, "/") {
			kind, made[strings.TrimSuffix(e.name, "/")] = tar.TypeDir, true
		}
		header := &tar.Header{Typeflag: kind, Name: e.name, Mode: e.mode, Uid: e.owner, Gid: e.owner, Size: int64(len(e.data)), ModTime: p.Time, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(header); err != nil {
			return err
		}
		_, err := w.Write(e.data)
		return err
	}
	for _, e := range entries {
		parts := strings.Split(strings.TrimSuffix(e.name, "/"), "/")
		for i := 1; i < len(parts); i++ {
			if folder := strings.Join(parts[:i], "/"); !made[folder] {
				if err := write(entry{name: folder + "/", mode: 0o755}); err != nil {
					return err
				}
			}
		}
		if err := write(e); err != nil {
			return err
		}
	}
	return w.Close()
}

// archive writes a folder to a file, in the order of names.
func (p plan) archive(folder, to string) error {
	var entries []entry
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		entries = append(entries, entry{name: filepath.ToSlash(rel), mode: 0o644, data: data})
		return err
	})
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if err := p.tar(out, entries); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
