package check

import "github.com/medlar-flow/medlar/internal/yamlfile"

// node is a value of a flow file with its place.
type node = yamlfile.Node

// source is the text of a flow file.
type source = yamlfile.File

type (
	nodeKind  = yamlfile.Kind
	nodeStyle = yamlfile.Style
)

const (
	scalarNode = yamlfile.Scalar
	listNode   = yamlfile.List
	mapNode    = yamlfile.Map

	plainStyle   = yamlfile.Plain
	singleQuoted = yamlfile.SingleQuoted
	doubleQuoted = yamlfile.DoubleQuoted
	literalBlock = yamlfile.Literal
	foldedBlock  = yamlfile.Folded
)
