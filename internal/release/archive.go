package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// name returns the name of a file of the release.
func (r release) name(p platform, ending string) string {
	return fmt.Sprintf("medlar_%s_%s_%s%s", r.source.version, p.os, p.arch, ending)
}

// archive writes the files for one system, below a folder of the archive's name.
func (r release) archive(p platform, files []file) error {
	write, ending := r.tarGz, ".tar.gz"
	if p.os == "windows" {
		write, ending = r.zip, ".zip"
	}
	out, err := os.Create(filepath.Join(r.out, r.name(p, ending)))
	if err != nil {
		return err
	}
	if err := write(out, r.name(p, ""), files); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

func (r release) tarGz(out io.Writer, folder string, files []file) error {
	compressed, err := gzip.NewWriterLevel(out, gzip.DefaultCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(compressed)
	for _, f := range files {
		data, err := f.read()
		if err != nil {
			return err
		}
		header := &tar.Header{Typeflag: tar.TypeReg, Name: folder + "/" + f.name, Mode: int64(f.mode), Size: int64(len(data)), ModTime: r.source.time, Format: tar.FormatPAX}
		if err := w.WriteHeader(header); err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return compressed.Close()
}

func (r release) zip(out io.Writer, folder string, files []file) error {
	w := zip.NewWriter(out)
	for _, f := range files {
		data, err := f.read()
		if err != nil {
			return err
		}
		header := &zip.FileHeader{Name: folder + "/" + f.name, Method: zip.Deflate, Modified: r.source.time}
		header.SetMode(f.mode)
		to, err := w.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := to.Write(data); err != nil {
			return err
		}
	}
	return w.Close()
}

// gzipped returns data as man pages are installed, without name and time.
func gzipped(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

const sumsFile = "SHA256SUMS"

// sums writes the digests of all files, as sha256sum --check reads them.
func (r release) sums() error {
	entries, err := os.ReadDir(r.out) // by name
	if err != nil {
		return err
	}
	var out strings.Builder
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(r.out, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%x  %s\n", sha256.Sum256(data), e.Name())
	}
	return os.WriteFile(filepath.Join(r.out, sumsFile), []byte(out.String()), 0o644)
}
