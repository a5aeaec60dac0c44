package schedule

import (
	"fmt"
	"time"
	_ "time/tzdata" // so that zones are known where the machine has none, as in a container
)

// Zone returns the time zone of an IANA name, such as Europe/Berlin; UTC for an
// empty one. The error says what to write.
func Zone(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, &ZoneError{Name: name, Message: "the time zone Local is another one on each machine", Help: exampleZone}
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, &ZoneError{Name: name, Message: fmt.Sprintf("there is no time zone %.60q", name), Help: zoneHelp(name)}
	}
	return zone, nil
}

// ZoneError is a name that no time zone has everywhere.
type ZoneError struct {
	Name          string
	Message, Help string // what is wrong, and what to write
}

func (e *ZoneError) Error() string { return e.Message + ": " + e.Help }
