// Package yamlfile reads the YAML files that people write: flows, their tests,
// functions, inputs and secrets. It turns a text into Nodes that know their
// places, and reports each mistake once and alike whatever the file is for. It
// is the only package that knows a YAML library, for writing too.
//
// Begin with NewFile, then File.Parse. What the values mean is the caller's
// matter, and so is reading the file: see package readfile.
package yamlfile
