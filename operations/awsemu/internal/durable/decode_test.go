package durable

import (
	"encoding/json"
	"reflect"
	"testing"
)

// What functions usually send is read by hand.
func TestCheckpointIsReadByHand(t *testing.T) {
	const text = `{"CheckpointToken":"t","Updates":[{"Id":"1","Type":"STEP","Action":"START","Name":"n"},{"Id":"1","Type":"STEP","Action":"SUCCEED","Payload":"\"x\""}]}`
	if _, ok := ReadCheckpoint([]byte(text)); !ok {
		t.Error("it is left to encoding/json")
	}
}

// FuzzCheckpoint reads bodies of checkpoints as encoding/json does, or not at
// all.
func FuzzCheckpoint(f *testing.F) {
	for _, seed := range []string{
		`{"CheckpointToken":"t","ClientToken":"c","Updates":[{"Id":"1","Type":"STEP","Action":"START","Name":"n"},{"Id":"1","Type":"STEP","Action":"SUCCEED","Payload":"\"x\""}]}`,
		`{"Updates":[{"WaitOptions":{"WaitSeconds":1}},{"StepOptions":{"NextAttemptDelaySeconds":10}},{"ContextOptions":{"ReplayChildren":true}}]}`,
		` { "updates" : [ ] } `, `{"Updates":[{"Error":{"ErrorType":"E"}}]}`, `{"Updates":null}`, `{"Updates":[]}`, `{"Updates":[{"WaitOptions":{"WaitSeconds":0.5}}]}`,
		`{"CheckpointToken":"\ud83d\ude00"}`, `{"CheckpointToken":"ü"}`, "{\"CheckpointToken\":\"\xff\"}", `{"a":1}`, `[]`, `{`, `{"Updates":[{"WaitOptions":{"WaitSeconds":01}}]}`,
		`{"CheckpointToken":"a","CheckpointToken":"b"}`, `{,}`, `{"Updates":[{},]}`, `{"Updates":[{"StepOptions":{}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, ok := ReadCheckpoint(text)
		if !ok {
			return
		}
		var want Checkpoint
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatalf("%q was read: %v", text, err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}
