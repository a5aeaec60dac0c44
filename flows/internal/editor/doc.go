// Package editor describes flow files as a JSON Schema, for editors.
package editor
