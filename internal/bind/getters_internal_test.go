package bind

import (
	"reflect"
	"testing"
)

func TestGettersHaveTheirTypes(t *testing.T) {
	for result, name := range getters {
		if want := reflect.FuncOf([]reflect.Type{goAny, goAny}, []reflect.Type{result}, false); getterTypes[result] != want {
			t.Errorf("%s is a %v, want %v", name, getterTypes[result], want)
		}
	}
	if len(getterTypes) != len(getters) {
		t.Errorf("%d types for %d getters", len(getterTypes), len(getters))
	}
}
