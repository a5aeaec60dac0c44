// Package bootstrap has the programs that stand between the Lambda Runtime API
// and a handler in JavaScript or Python.
package bootstrap

import (
	"embed"
	"os"
	"path/filepath"
)

//go:embed node.mjs python.py
var files embed.FS

// Names of the programs in the folder that Write fills.
const (
	Node   = "node.mjs"
	Python = "python.py"
)

// Write puts the programs into dir, which it creates.
func Write(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, name := range []string{Node, Python} {
		text, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
