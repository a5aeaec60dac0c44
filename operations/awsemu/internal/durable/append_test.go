package durable

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What is written by hand is what the shapes say.
func TestAppendIsTheShape(t *testing.T) {
	at := time.UnixMilli(1767356934930)
	text := "a \"quoted\" <text>\n with ünicode"
	for name, o := range map[string]*operation{
		"step":    {ID: "1", Type: typeStep, Status: started, Started: at},
		"ended":   {ID: "1", Parent: "p", Name: "n", SubType: "Step", Type: typeStep, Status: succeeded, Started: at, Ended: at.Add(70 * time.Millisecond), Attempt: 2, Result: &text},
		"waiting": {ID: "1", Type: typeStep, Status: pending, Started: at, Due: at.Add(time.Second), Error: &ErrorObject{ErrorType: "E", StackTrace: []string{text}}},
		"context": {ID: "1", Name: text, Type: typeContext, Status: failed, Started: at, Ended: at, Replay: true},
	} {
		var got, want any
		if err := json.Unmarshal(o.append(nil), &got); err != nil {
			t.Fatalf("%s: %v in %s", name, err, o.append(nil))
		}
		shape, err := json.Marshal(o.shape(false))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(shape, &want); err != nil {
			t.Fatal(err)
		}
		if name != "context" { // false is left out there
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", name, diff)
			}
		}
	}
}
