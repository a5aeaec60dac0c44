package journal

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	runHash = 16
	// sightSize is that of a place: the hash of the run's name, the number of its
	// latest record, whether it has ended and when, and a checksum over these.
	sightSize = 64
	// keptSights is how many runs that have ended are remembered, at least.
	keptSights = 4096
)

// sight is what was seen of a run.
type sight struct {
	run   [runHash]byte
	place int64
	last  int64 // number of the latest record
	ended bool
	when  int64 // it ended, in nanoseconds since 1970; 0 where an earlier version wrote it
	mine  bool  // this process writes it
	noted int64 // when something was noted of it: the witness counts that
	// written is true once this process has: what it finds then is its own.
	written bool
}

func hashOf(run string) [runHash]byte {
	sum := sha256.Sum256([]byte(run))
	return [runHash]byte(sum[:runHash])
}

// The flags of a sight. Earlier versions wrote no time.
const (
	flagOpenUntimed = iota
	flagEndedUntimed
	flagOpen
	flagEnded
)

func (s *sight) bytes() [sightSize]byte {
	flag := byte(flagOpen)
	if s.ended {
		flag = flagEnded
	}
	return s.with(flag)
}

func (s *sight) with(flag byte) (place [sightSize]byte) {
	dst := append(place[:0], s.run[:]...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(s.last)) //nolint:gosec // it is read back as it was
	dst = append(dst, flag)
	if flag >= flagOpen {
		dst = binary.BigEndian.AppendUint64(dst, uint64(s.when)) //nolint:gosec // it is read back as it was
	}
	sum := sha256.Sum256(dst)
	copy(place[len(dst):], sum[:sumSize])
	return place
}

func readSight(src []byte) (*sight, bool) {
	s := &sight{run: [runHash]byte(src)}
	s.last = int64(binary.BigEndian.Uint64(src[runHash:])) //nolint:gosec // it was written from one
	flag := src[runHash+8]
	s.ended = flag == flagEndedUntimed || flag == flagEnded
	if flag >= flagOpen {
		s.when = int64(binary.BigEndian.Uint64(src[runHash+9:])) //nolint:gosec // it was written from one
	}
	return s, flag <= flagEnded && s.with(flag) == [sightSize]byte(src)
}
