// Package value moves the values of flows about: it reads and writes them as
// JSON, keeps answers as the text that they came as, and turns what Go
// programs hold into them. It knows nothing of declarations; package schema
// converts by those.
package value
