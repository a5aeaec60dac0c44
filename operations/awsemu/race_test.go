//go:build race

package awsemu

// RaceDetector says whether this is a build with the race detector.
const RaceDetector = true
