package exchange_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
	"entente/trust"
	"entente/trust/exchange"
)

func TestDelete(t *testing.T) {
	id := stix.ID("indicator--" + uid(1))
	all := taxii.Query{Version: taxii.VersionMatch{All: true}}
	t.Run("T-5.7-04 T-5.7-05 all versions, and a later POST has a new date", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", indicator(1, 1, "green"), indicator(1, 2, "green"))
		before := n.dates(analyst, "publish")
		require.NoError(t, n.Delete(ctx, analyst, "publish", id, taxii.Query{}))
		_, err := n.Object(ctx, analyst, "publish", id, taxii.Query{})
		assert.ErrorIs(t, err, exchange.ErrNotFound)
		assert.Empty(t, n.sees(xb, "for-csirt-xb", "match[version]=all"))
		assert.ErrorIs(t, n.Delete(ctx, analyst, "publish", id, taxii.Query{}), exchange.ErrNotFound, "F-60")
		n.turn(time.Second)
		n.put(analyst, "publish", indicator(1, 2, "green"))
		after := n.dates(analyst, "publish")
		require.Len(t, after, 1)
		assert.Greater(t, after[0], before[1])
		assert.Equal(t, []string{name(1, 2)}, n.sees(xb, "for-csirt-xb", ""))
		n.checkLog()
	})
	t.Run("T-5.7-07 one version", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", indicator(1, 1, "green"), indicator(1, 2, "green"), indicator(1, 3, "green"))
		require.NoError(t, n.Delete(ctx, analyst, "publish", id, taxii.Query{Version: taxii.VersionMatch{Last: true}}))
		assert.Equal(t, []string{name(1, 2)}, n.sees(analyst, "publish", ""), "the one before it is the last now")
		require.NoError(t, n.Delete(ctx, analyst, "publish", id, taxii.Query{Version: taxii.VersionMatch{First: true}}))
		assert.Equal(t, []string{name(1, 2)}, n.sees(analyst, "publish", "match[version]=all"))
		n.checkLog()
		at := func(p trust.Principal, collection string, seconds int) error {
			version := taxii.VersionMatch{At: []time.Time{time.Date(2026, 1, 1, 0, 0, seconds, 0, time.UTC)}}
			_, err := n.Object(ctx, p, collection, id, taxii.Query{Version: version})
			return err
		}
		assert.ErrorIs(t, at(analyst, "publish", 3), exchange.ErrNotFound, "T-5.7-04: a deleted version is not found")
		assert.ErrorIs(t, at(xb, "for-csirt-xb", 3), exchange.ErrNotFound)
		assert.NoError(t, at(analyst, "publish", 2))
		assert.NoError(t, at(analyst, "publish", 30), "T-5.6-04: one that never was leaves an empty envelope")
	})
	for why, labels := range map[string][]string{"by its own label": {"red", "green"}, "by a later one": {"green", "red", "green"}} {
		t.Run("I-1 a version that was hidden "+why+" is not missed when it is deleted", func(t *testing.T) {
			n := newNode(t)
			for v, l := range labels {
				n.put(officer, "publish", indicator(1, v+1, l))
			}
			at := taxii.Query{Version: taxii.VersionMatch{At: []time.Time{time.Date(2026, 1, 1, 0, 0, 1, 0, time.UTC)}}}
			_, before := n.Object(ctx, xb, "for-csirt-xb", id, at)
			require.NoError(t, n.Delete(ctx, officer, "publish", id, at))
			_, after := n.Object(ctx, xb, "for-csirt-xb", id, at)
			assert.NoError(t, before)
			assert.NoError(t, after)
		})
	}
	t.Run("rights (T-5.7-02), and what is hidden is not found", func(t *testing.T) {
		n := newNode(t)
		n.put(officer, "publish", indicator(1, 1, "red"))
		assert.ErrorIs(t, n.Delete(ctx, viewer, "publish", id, all), exchange.ErrForbidden)
		assert.ErrorIs(t, n.Delete(ctx, analyst, "received", id, all), exchange.ErrForbidden)
		assert.ErrorIs(t, n.Delete(ctx, xb, "from-csirt-xb", id, all), exchange.ErrForbidden)
		assert.ErrorIs(t, n.Delete(ctx, xb, "publish", id, all), exchange.ErrNotFound)
		assert.ErrorIs(t, n.Delete(ctx, analyst, "publish", id, all), exchange.ErrNotFound, "I-1: RED does not exist for this analyst")
		assert.NoError(t, n.Delete(ctx, officer, "publish", id, all))
	})
	t.Run("I-1 what a later version covers is not found either, nor is what members gave us", func(t *testing.T) {
		n := newNode(t)
		n.put(officer, "publish", indicator(1, 1, "green"), indicator(1, 2, "red"))
		assert.ErrorIs(t, n.Delete(ctx, analyst, "publish", id, all), exchange.ErrNotFound)
		n.put(xb, "from-csirt-xb", indicator(2, 1, "green"))
		assert.ErrorIs(t, n.Delete(ctx, analyst, "publish", stix.ID("indicator--"+uid(2)), all), exchange.ErrNotFound)
		assert.Len(t, n.sees(officer, "publish", "match[version]=all"), 2)
		assert.Len(t, n.sees(xc, "for-csirt-xc", ""), 1)
	})
}
