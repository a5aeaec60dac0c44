package check

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/yamlfile"
)

const maxDepth = yamlfile.MaxDepth // levels of blocks, too

// readFile reads a flow file, or says in one diagnostic why it cannot.
func readFile(fsys fs.FS, name string) ([]byte, *diag.Diagnostic) {
	text, err := readfile.FS(fsys, name, yamlfile.MaxSize)
	if err == nil {
		return text, nil
	}
	rule, help := "unreadable-file", ""
	var problem *readfile.Problem
	if errors.As(err, &problem) {
		rule, help = problem.Rule, problem.Help
	}
	if rule == "file-too-large" {
		help = "move large data out of the flow: an operation's parameter may be {file: path}"
	}
	return nil, fileProblem(name, rule, err.Error(), help)
}

func fileProblem(name, rule, message, help string) *diag.Diagnostic {
	return &diag.Diagnostic{
		Span: diag.Span{File: name}, Severity: diag.Error, Rule: rule, Message: message, Help: help,
	}
}

// parse reads YAML text into nodes. It gives what it could read and every
// mistake that it found; a syntax error gives no node. texts are those that may
// hold expressions. Where the file is large, rest has more of its steps: see
// yamlfile.File.Begin.
func parse(src *source, partSize int) (root *node, texts []string, found diag.List, rest *yamlfile.Rest) {
	root, texts, found, rest = src.Begin(partSize)
	if root == nil && len(found) == 0 {
		found = diag.List{*fileProblem(src.Name, "empty-file", "the file holds no flow", "a flow begins with flow: its-name and has steps: with the list of steps")}
	}
	if root != nil {
		if d := src.NotJSON(); d != nil {
			found = append(found, *d)
		}
	}
	return root, texts, found, rest
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// isFlowKey reports whether a word is a key of flows or of steps.
func isFlowKey(word string) bool {
	if contains(headerKeys, word) || contains(modifierKeys, word) || isVerb(word) {
		return true
	}
	for _, keys := range verbKeys {
		if contains(keys, word) {
			return true
		}
	}
	return false
}
