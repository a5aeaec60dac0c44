package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/medlar-flow/medlar/internal/regex"
)

// file is one file of an archive or package.
type file struct {
	name   string // in an archive, with slashes
	data   []byte
	path   string // where the data is a file of the stage
	mode   os.FileMode
	system string // where it belongs on Debian and Fedora; empty for nowhere
}

func (f file) read() ([]byte, error) {
	if f.path == "" {
		return f.data, nil
	}
	return os.ReadFile(f.path)
}

// papers returns what is the same for each system: completions, man pages, and
// what stands in the root of the checkout.
func (r release) papers() ([]file, error) {
	var files []file
	for name, system := range map[string]string{"LICENSE": "usr/share/doc/medlar/copyright", "README.md": "", "CHANGELOG.md": ""} {
		text, err := os.ReadFile(filepath.Join(r.root, name))
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, ".md") {
			text = r.source.linked(text)
		}
		files = append(files, file{name: name, data: text, mode: 0o644, system: system})
	}
	for _, c := range commands() {
		tree := c.Tree()
		completions, err := completions(c.Name, tree)
		if err != nil {
			return nil, err
		}
		pages, err := r.manPages(tree)
		if err != nil {
			return nil, err
		}
		files = append(append(files, completions...), pages...)
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return files, nil
}

// homepage is the address of the repository.
const homepage = "https://github.com/medlar-flow/medlar"

// link is one of Markdown to a file of the repository.
var link = regex.Late{Text: `(!?)(\[[^\]\n]*\])\(([A-Za-z][\w./-]*)(#[\w-]*)?\)`}

// linked returns a page of the repository whose links lead to the repository as it
// was: the files that they name are not in an archive.
func (s source) linked(text []byte) []byte {
	at, _, _ := strings.Cut(s.revision, " ")
	at = cmp.Or(at, "main")
	return link.Get().ReplaceAllFunc(text, func(found []byte) []byte {
		m := link.Get().FindSubmatch(found)
		kind := "blob"
		if len(m[1]) > 0 {
			kind = "raw" // an image
		}
		return fmt.Appendf(nil, "%s%s(%s/%s/%s/%s%s)", m[1], m[2], homepage, kind, at, m[3], m[4])
	})
}

func completions(name string, tree *cobra.Command) ([]file, error) {
	var files []file
	for _, shell := range []struct {
		file, system string
		write        func(io.Writer) error
	}{
		{name + ".bash", "usr/share/bash-completion/completions/" + name, func(w io.Writer) error { return tree.GenBashCompletionV2(w, true) }},
		{name + ".zsh", "usr/share/zsh/vendor-completions/_" + name, tree.GenZshCompletion},
		{name + ".fish", "usr/share/fish/vendor_completions.d/" + name + ".fish", func(w io.Writer) error { return tree.GenFishCompletion(w, true) }},
		{name + ".ps1", "", tree.GenPowerShellCompletionWithDesc},
	} {
		var out bytes.Buffer
		if err := shell.write(&out); err != nil {
			return nil, err
		}
		files = append(files, file{name: "completions/" + shell.file, data: out.Bytes(), mode: 0o644, system: shell.system})
	}
	return files, nil
}

// manPages returns a page for each command.
func (r release) manPages(tree *cobra.Command) ([]file, error) {
	tree.DisableAutoGenTag = true // it would tell the day
	var files []file
	for _, c := range available(tree) {
		c.DisableAutoGenTag = true
		var out bytes.Buffer
		header := &doc.GenManHeader{Section: "1", Date: &r.source.time, Source: "Medlar " + r.source.version, Manual: "Medlar"}
		if err := doc.GenMan(c, header, &out); err != nil {
			return nil, err
		}
		page := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
		files = append(files, file{name: "man/" + page, data: out.Bytes(), mode: 0o644, system: "usr/share/man/man1/" + page + ".gz"})
	}
	return files, nil
}

// available returns a command and all below it that a user is told of.
func available(c *cobra.Command) []*cobra.Command {
	found := []*cobra.Command{c}
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() && !below.IsAdditionalHelpTopicCommand() {
			found = append(found, available(below)...)
		}
	}
	return found
}

// files returns all files for one system.
func (r release) files(ctx context.Context, p platform, papers []file) ([]file, error) {
	licenses, err := r.licenses(ctx, p)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, c := range commands() {
		path := r.built(p, c.Name)
		files = append(files, file{name: filepath.Base(path), path: path, mode: 0o755, system: "usr/bin/" + c.Name})
	}
	files = append(files, papers...)
	return append(files, file{name: thirdParty, data: licenses, mode: 0o644, system: "usr/share/doc/medlar/" + thirdParty}), nil
}

// thirdParty has the licences of what the programs are linked of.
const thirdParty = "THIRD-PARTY.txt"
