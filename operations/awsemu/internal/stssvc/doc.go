// Package stssvc is AWS STS.
package stssvc
