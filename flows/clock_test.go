package flows_test

import (
	"testing"
	"testing/synctest"
)

// virtually runs a test by a clock of its own, which goes on when everything in
// the test waits for it: limits of some milliseconds are exact however busy the
// machine is. A test on Temporal has the clock of its environment.
func virtually(t *testing.T, test func(*testing.T)) {
	t.Helper()
	if onTemporal {
		test(t)
		return
	}
	synctest.Test(t, test)
}

// subtest runs a part of a test so.
func subtest(t *testing.T, name string, test func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { virtually(t, test) })
}
