package service

import "strings"

// Place is an account in a region: a namespace of functions and layers.
type Place struct{ Account, Region string }

// Partition returns the partition of AWS that a region belongs to.
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
