package telemetry_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	if killedMain() {
		return
	}
	testenv.Clean()
	goleak.VerifyTestMain(m)
}
