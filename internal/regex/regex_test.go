package regex_test

import (
	"testing"

	"github.com/medlar-flow/medlar/internal/regex"
)

func TestLateCompilesOnce(t *testing.T) {
	digits := regex.Late{Text: `^[0-9]+$`}
	if !digits.Get().MatchString("123") || digits.Get().MatchString("12x") {
		t.Error("the expression is another one")
	}
	if first := digits.Get(); first != digits.Get() {
		t.Error("it is compiled at each use")
	}
}

func TestLatePanicsAtFirstUse(t *testing.T) {
	broken := regex.Late{Text: `(`}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	broken.Get()
}
