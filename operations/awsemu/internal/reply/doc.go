// Package reply is functions that are declared by what they answer.
package reply
