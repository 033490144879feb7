package exchange_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
	"entente/trust"
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

// Of an SCO every source's copy is a line of its own, and one releasable copy suffices (P-5): its
// id can be guessed, so a hidden copy must not show by what becomes of another.
func TestHiddenCopyOfAnObservable(t *testing.T) {
	marked := func(level trust.Level) string {
		return address(1, fmt.Sprintf(`,"object_marking_refs":[%q]`, trust.MarkingOf(level)))
	}
	for _, c := range []struct {
		name string
		hide func(*node)
	}{
		{"ours", func(n *node) { n.put(officer, "publish", marked(trust.Red)) }},
		{"another member's", func(n *node) { n.put(xb, "from-csirt-xb", marked(trust.Amber)) }},
	} {
		for _, later := range []bool{false, true} {
			t.Run(fmt.Sprintf("ADV-02 %s, later: %t", c.name, later), func(t *testing.T) {
				n := newNode(t)
				if !later {
					c.hide(n)
				}
				n.put(zero, "from-csirt-x0", marked(trust.Green))
				if later {
					c.hide(n)
				}
				page, err := n.objects(xc, "for-csirt-xc", "")
				require.NoError(t, err)
				assert.Equal(t, marked(trust.Green), string(page.Objects))
				for _, query := range []string{"match[version]=all", "match[version]=first", "match[value]=198.51.100.1"} {
					assert.Len(t, n.sees(xc, "for-csirt-xc", query), 1, query)
				}
				n.checkLog()
			})
		}
	}
	t.Run("who may see several copies sees one", func(t *testing.T) {
		n := newNode(t)
		n.put(xb, "from-csirt-xb", marked(trust.Green))
		n.put(zero, "from-csirt-x0", marked(trust.Clear))
		read := func(p trust.Principal, collection string) string {
			page, err := n.objects(p, collection, "match[version]=all")
			require.NoError(t, err)
			return string(page.Objects)
		}
		assert.Equal(t, marked(trust.Green), read(xc, "for-csirt-xc"), "the one that came first")
		assert.Equal(t, marked(trust.Clear), read(public, "public"), "of those that it may see")
		assert.Equal(t, marked(trust.Clear), read(xb, "for-csirt-xb"), "and that it did not give itself")
		n.put(analyst, "publish", marked(trust.Green))
		assert.Equal(t, marked(trust.Green), read(xb, "for-csirt-xb"), "ours before others'")
		assert.Equal(t, marked(trust.Clear), read(public, "public"))
		require.NoError(t, n.Delete(ctx, analyst, "publish", stix.ID(strings.Split(n.sees(analyst, "publish", "")[0], "@")[0]), taxii.Query{}))
		assert.Equal(t, marked(trust.Clear), read(xb, "for-csirt-xb"))
		n.checkLog()
	})
}

// Whose word for what a marking means counts (P-1, I-2): that of who cites it, and ours.
func TestStrangersDefinitions(t *testing.T) {
	cites := func(n int) string {
		return indicator(n, 1, "", fmt.Sprintf(`"object_marking_refs":[%q,"marking-definition--%s"]`, trust.MarkingOf(trust.Green), uid(500)))
	}
	licence := strings.NewReplacer(`"statement"`, `"licence"`).Replace(statement(500))
	t.Run("a stranger's does not", func(t *testing.T) {
		n := newNode(t)
		n.put(zero, "from-csirt-x0", statement(500), cites(1))
		n.put(analyst, "publish", cites(2))
		n.put(xb, "from-csirt-xb", cites(3))
		assert.Equal(t, []string{name(1, 1)}, n.sees(xc, "for-csirt-xc", "match[type]=indicator"))
	})
	t.Run("one's own does, also where it was another route", func(t *testing.T) {
		n := newNode(t)
		n.put(zero, "from-csirt-x0", statement(500))
		n.put(xb, "from-csirt-xb", statement(500))
		n.put(xb, "from-csirt-xb", cites(1))
		assert.Equal(t, []string{name(1, 1)}, n.sees(xc, "for-csirt-xc", "match[type]=indicator"))
	})
	t.Run("ours does, whatever comes with the object", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", licence)
		n.put(xb, "from-csirt-xb", statement(500), cites(1))
		n.add(analyst, "publish", statement(500), cites(2))
		assert.Empty(t, n.sees(xc, "for-csirt-xc", "match[type]=indicator"))
	})
}
