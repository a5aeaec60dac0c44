// Package tasks counts what is under way, so that it can be waited for.
package tasks
