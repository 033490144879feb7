package exchange_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Two worlds that differ only in what a caller may not see are the same to that caller (I-1, ADV-02).
func TestHiddenVersionsHaveNoPlace(t *testing.T) {
	green20 := strings.Replace(x20, `{"type"`, `{"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],"type"`, 1)
	for _, c := range []struct {
		name, query  string
		hidden, seen []string
	}{
		{"ADV-15 first of what is visible", "match[version]=first", []string{indicator(1, 1, "red")}, []string{indicator(1, 2, "green")}},
		{"ADV-15 v1 GREEN, v2 RED, v3 GREEN", "match[version]=first", []string{indicator(1, 1, "green"), indicator(1, 2, "red")}, []string{indicator(1, 3, "green")}},
		{"T-3.4.1-03 a hidden copy in a later STIX version", "", []string{indicator(20, 0, "red")}, []string{green20}},
		{"T-3.4.1-03 a hidden copy, all", "match[version]=all", []string{indicator(20, 0, "red")}, []string{green20}},
	} {
		t.Run(c.name, func(t *testing.T) {
			one, two := newNode(t), newNode(t)
			one.put(officer, "publish", c.hidden...)
			one.put(officer, "publish", c.seen...)
			two.put(officer, "publish", c.seen...)
			assert.NotEmpty(t, two.sees(xb, "for-csirt-xb", c.query))
			assert.Equal(t, two.sees(xb, "for-csirt-xb", c.query), one.sees(xb, "for-csirt-xb", c.query), "I-1")
		})
	}
}
