//go:build !race

package awsemu

const raceDetector = false
