// Package awsmodel gives every operation of every AWS service as connectors,
// from AWS's own models, which it carries as data.
package awsmodel
