package exchange_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
)

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

func TestHiddenCopyOfAnSCO(t *testing.T) {
	mark := func(level string) string {
		return fmt.Sprintf(`,"object_marking_refs":[%q]`, map[string]string{"green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"}[level])
	}
	for _, c := range []string{"ours first", "ours later", "another member's first", "another member's later"} {
		t.Run(c, func(t *testing.T) {
			n := newNode(t)
			hide := func() {
				if strings.HasPrefix(c, "ours") {
					n.put(officer, "publish", address(1, mark("red")))
				} else {
					n.put(xb, "from-csirt-xb", address(1, mark("amber")))
				}
			}
			if strings.HasSuffix(c, "first") {
				hide()
			}
			n.put(zero, "from-csirt-x0", address(1, mark("green")))
			if strings.HasSuffix(c, "later") {
				hide()
			}
			assert.Len(t, n.sees(xc, "for-csirt-xc", ""), 1, "P-5: one releasable copy suffices")
		})
	}
}

func TestUncoveredIsReleasedAnew(t *testing.T) {
	n := newNode(t)
	n.put(xb, "from-csirt-xb", indicator(1, 1, "green"))
	n.put(officer, "publish", indicator(1, 2, "red"), indicator(2, 1, "green"))
	page, err := n.objects(xc, "for-csirt-xc", "")
	require.NoError(t, err)
	require.Equal(t, []string{name(2, 1)}, names(t, page.Objects))
	require.NoError(t, n.Delete(ctx, officer, "publish", stix.ID("indicator--"+uid(1)), taxii.Query{}))
	whole := n.sees(xc, "for-csirt-xc", "")
	seen := n.sees(xc, "for-csirt-xc", "added_after="+taxii.FormatTimestamp(page.Last))
	assert.Len(t, append(seen, name(2, 1)), len(whole), "I-4: what becomes visible later has a later date")
}

func TestLaterDefinition(t *testing.T) {
	n := newNode(t)
	o := `"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb","marking-definition--` + uid(500) + `"]`
	n.put(analyst, "publish", indicator(1, 1, "", o))
	n.put(analyst, "publish", statement(500))
	assert.Len(t, n.sees(xb, "for-csirt-xb", "match[type]=indicator"), 1, "P-1")
}

// A version as long as its writer likes is no version: its length was once cut off where it is
// stored, and the page that held the object could not be read any more.
func TestLongVersion(t *testing.T) {
	n := newNode(t)
	for what, digits := range map[string]string{"ten digits": "0000000001", "I-10 seventy thousand": strings.Repeat("0", 70_000)} {
		st := n.add(xb, "from-csirt-xb", strings.Replace(indicator(1, 1, "green"), "01.000Z", "01."+digits+"Z", 1), indicator(2, 1, "green"))
		require.Equal(t, 1, st.FailureCount, what)
		assert.Contains(t, st.Failures[0].Message, "more than nine fraction digits", what)
	}
	assert.Equal(t, []string{name(2, 1)}, n.sees(analyst, "received", ""))
}
