package durable

import (
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzCheckpoint reads bodies of checkpoints as encoding/json does.
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
		type plain Checkpoint
		var want plain
		var got Checkpoint
		wrong, err := json.Unmarshal(text, &want), json.Unmarshal(text, &got)
		if (wrong == nil) != (err == nil) {
			t.Fatalf("got %v, want %v", err, wrong)
		}
		if err == nil && !reflect.DeepEqual(Checkpoint(want), got) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}
