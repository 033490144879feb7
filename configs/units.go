package configs

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes, written 512, 64KiB, 10MiB or 1GiB.
type Size int64

var errSize = errors.New("write a size, as in 512, 64KiB, 10MiB or 1GiB")

// sizeUnits are tried in order; the empty one stands for bytes.
var sizeUnits = [...]struct {
	suffix string
	shift  uint
}{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"", 0}}

// UnmarshalText reads a size; there are no fractions and no decimal units.
func (s *Size) UnmarshalText(text []byte) error {
	digits, shift := string(text), uint(0)
	for _, u := range sizeUnits {
		if d, ok := strings.CutSuffix(digits, u.suffix); ok {
			digits, shift = d, u.shift
			break
		}
	}
	n, err := strconv.ParseUint(digits, 10, 62-int(shift))
	if err != nil {
		return errSize
	}
	*s = Size(n << shift)
	return nil
}

// String writes the size in the largest unit that divides it.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s != 0 && s&(1<<u.shift-1) == 0 {
			return strconv.FormatInt(int64(s>>u.shift), 10) + u.suffix
		}
	}
	return "0"
}

// Duration is a time span, written 300ms, 60s, 15m, 24h, 1h30m or 180d. It is never negative.
type Duration time.Duration

const (
	day     = 24 * time.Hour
	maxDays = 36500
)

var errDuration = errors.New("write a time span, as in 60s, 15m, 24h or 180d")

// UnmarshalText reads a duration; a number of days stands alone.
func (d *Duration) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.ParseUint(days, 10, 32)
		if err != nil || n > maxDays {
			return errDuration
		}
		*d = Duration(time.Duration(n) * day)
		return nil
	}
	t, err := time.ParseDuration(string(text))
	if err != nil || t < 0 {
		return errDuration
	}
	*d = Duration(t)
	return nil
}

// String writes days where they divide it, else hours, minutes, seconds without zero parts.
func (d Duration) String() string {
	t := time.Duration(d)
	if t >= 2*day && t%day == 0 {
		return strconv.FormatInt(int64(t/day), 10) + "d"
	}
	s := t.String()
	if t%time.Minute == 0 && t != 0 {
		s = strings.TrimSuffix(s, "0s")
	}
	if t%time.Hour == 0 && t != 0 {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
