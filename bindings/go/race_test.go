//go:build race

package hookrail_test

func init() { raceDetector = true }
