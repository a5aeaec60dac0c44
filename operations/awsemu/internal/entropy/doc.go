// Package entropy gives random names: ids, keys and tokens.
package entropy
