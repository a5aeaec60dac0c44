//go:build !linux

package stub

import "time"

func nap() { time.Sleep(time.Microsecond) }
