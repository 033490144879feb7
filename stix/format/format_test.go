package format_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// row is what one check accepts and refuses.
type row struct {
	name    string
	check   func([]byte) bool
	ok, bad []string
}

func checkRows(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			for _, s := range r.ok {
				assert.True(t, r.check(slices.Clip([]byte(s))), "%q is right", s)
			}
			for _, s := range r.bad {
				assert.False(t, r.check(slices.Clip([]byte(s))), "%q is wrong", s)
			}
		})
	}
}

func first(check func([]byte) (bool, bool)) func([]byte) bool {
	return func(s []byte) bool { a, _ := check(s); return a }
}

func second(check func([]byte) (bool, bool)) func([]byte) bool {
	return func(s []byte) bool { _, b := check(s); return b }
}

func times(n int, s string) string { return strings.Repeat(s, n) }
