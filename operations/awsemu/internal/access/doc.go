// Package access is who may call: key pairs, the sessions made of them, and the
// signatures of requests. It knows no service.
package access
