package operations_test

import (
	"testing"

	"github.com/medlar-flow/medlar/internal/lending"
)

// What flows call most lets go of its calls, as it is once its connector is whole: a hook
// that is put into an operation behind its promise would end that without a word.
func TestOperationsLetGoOfCalls(t *testing.T) {
	r := registry(t)
	for _, name := range []string{
		"lambda.invoke", "lambda.getAccountSettings", "lambda.getFunction", "http.request", "log.info",
	} {
		op, ok := r.Operation(name)
		if !ok {
			t.Errorf("there is no %s", name)
			continue
		}
		if !lending.PromisedCall(op) {
			t.Errorf("%s has promised nothing", name)
		}
	}
}
