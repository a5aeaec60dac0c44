package schedule

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // so that zones are known where the machine has none, as in a container
	"unicode"
)

// Zone returns the time zone of an IANA name, such as Europe/Berlin; UTC for an
// empty one. The error says what to write.
func Zone(name string) (*time.Location, error) {
	const example = "write a name such as Europe/Berlin, America/New_York or UTC"
	if name == "Local" {
		return nil, fmt.Errorf("the time zone Local is another one on each machine: %s", example)
	}
	zone, err := time.LoadLocation(name)
	if err == nil {
		return zone, nil
	}
	if spelt := titled(name); spelt != name {
		if _, err := time.LoadLocation(spelt); err == nil {
			return nil, fmt.Errorf("there is no time zone %.60q: write %s", name, spelt)
		}
	}
	if strings.ContainsAny(name, "+-0123456789") {
		return nil, fmt.Errorf("there is no time zone %.60q: an offset knows no summer time; %s", name, example)
	}
	return nil, fmt.Errorf("there is no time zone %.60q: %s", name, example)
}

// titled spells a name as most zones are: Europe/Berlin, America/New_York, UTC.
func titled(name string) string {
	if len(name) <= len("UTC") {
		return strings.ToUpper(name)
	}
	first := true
	return strings.Map(func(r rune) rune {
		begins := first
		if r == ' ' {
			r = '_'
		}
		first = r == '/' || r == '_'
		if begins {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, name)
}
