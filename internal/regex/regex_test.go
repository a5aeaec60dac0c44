package regex_test

import (
	"testing"

	"github.com/medlar-flow/medlar/internal/regex"
)

func TestLateCompilesOnce(t *testing.T) {
	digits := regex.Late(`^[0-9]+$`)
	if !digits().MatchString("123") || digits().MatchString("12x") {
		t.Error("the expression is another one")
	}
	if first := digits(); first != digits() {
		t.Error("it is compiled at each use")
	}
}

func TestLatePanicsAtFirstUse(t *testing.T) {
	broken := regex.Late(`(`)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	broken()
}
