package cli

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/medlar-flow/medlar/schema"
)

// duration is the value of a flag, written as flows write durations: 90s, 1h30m, 7d.
type duration time.Duration

// Set reads the value of a flag.
func (d *duration) Set(text string) error {
	v, err := schema.ParseDuration(text)
	if err == nil {
		*d = duration(v)
	}
	return err //nolint:wrapcheck // the flag is said in front of it
}

// String returns the duration as Go writes it; none is 0, which help does not show.
func (d *duration) String() string {
	if *d == 0 {
		return "0"
	}
	return time.Duration(*d).String()
}

// Type is what help calls the value where nothing else is said.
func (d *duration) Type() string { return "duration" }

// durationFlag makes a flag for a duration.
func durationFlag(flags *pflag.FlagSet, to *time.Duration, name string, otherwise time.Duration, usage string) {
	*to = otherwise
	flags.Var((*duration)(to), name, usage)
}
