//go:build race

package awsemu

const raceDetector = true
