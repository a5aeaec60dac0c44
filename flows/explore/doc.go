// Package explore tries the failures that the world can produce around a flow
// test: every call fails in each way that the flow can tell apart, is done and
// nobody knows, is not answered in time; the run is canceled, its process dies
// and the run is resumed. Whatever happens, some things must hold; where one
// does not, it gives the smallest schedule as a test that can be pasted.
//
// Begin with [Suite], which explores the tests of a file.
package explore
