package stix

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Every day of every year that a timestamp can name, held against the standard library.
func TestDaysOfAllYears(t *testing.T) {
	for year := 0; year <= 9999; year++ {
		for month := 1; month <= 12; month++ {
			first := time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
			if daysBefore(year, month) != int(first.Unix()/86400) || daysIn(year, month) != first.AddDate(0, 1, -1).Day() {
				assert.Failf(t, "another calendar", "%04d-%02d", year, month)
			}
		}
	}
}
