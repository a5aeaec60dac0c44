package access

import (
	"strings"
	"testing"
	"time"
)

func TestKeyringForgets(t *testing.T) {
	k := NewKeyring()
	now := time.Now()
	for i := range sweepFrom {
		k.add(Credential{KeyID: strings.Repeat("k", i+1), Token: "t", Expires: now}, now)
	}
	later := now.Add(forgetAfter + time.Second)
	k.add(Credential{KeyID: "new", Expires: later.Add(time.Hour)}, later)
	if _, known := k.Find("new"); !known || len(k.keys) != 1 {
		t.Errorf("%d keys are left", len(k.keys))
	}
}
