package schedule

import (
	"testing"
	"time"
)

// What a name may have meant is a zone.
func TestZoneNamesAreZones(t *testing.T) {
	names := zoneNames()
	if len(names) < 400 {
		t.Errorf("%d names, want all of the database", len(names))
	}
	for _, name := range names {
		if _, err := time.LoadLocation(name); err != nil {
			t.Error(err)
		}
	}
}
