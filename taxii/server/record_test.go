package server_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii/server"
)

func TestLogRecord(t *testing.T) {
	w := newWorld(t, withServer(func(c *server.Config) { c.NewErrorID = func() string { return "e1" } }))
	body := envelope(objectM)
	for _, tc := range []struct {
		name string
		ask  func() *answer
		want map[string]any
	}{
		{"a POST", func() *answer { return w.as("analyst").post(rw+"objects/", body) }, map[string]any{
			"method": "POST", "route": "/csirt-xa/collections/:collection/objects/", "status": 202.0, "principal": "account analyst", "collection": "publish",
			"objects": 1.0, "bytes_in": float64(len(body)), "error_id": ""}},
		{"by id: the alias", func() *answer {
			return w.as("analyst").get("collections/" + w.collection("publish") + "/objects/?match[id]=" + idM)
		}, map[string]any{
			"method": "GET", "status": 200.0, "collection": "publish", "objects": 1.0, "bytes_in": 0.0, "bytes_out": float64(len(`{"more":false,"objects":[` + objectM + `]}`))}},
		{"hidden: not what was asked for", func() *answer { return w.as("csirt-xb").get(rw + "objects/?match[id]=canary") }, map[string]any{
			"status": 404.0, "principal": "member csirt-xb", "collection": "", "error_id": "e1"}},
		{"nobody", func() *answer { return w.as("").with("Authorization", "Bearer canary").get("/taxii2/") }, map[string]any{
			"status": 401.0, "principal": "nobody", "route": "/taxii2/"}},
		{"nowhere, by a method of his own", func() *answer { return w.as("analyst").do("CANARY", "/canary/", nil) }, map[string]any{
			"status": 404.0, "method": "other", "route": "none"}},
		{"a query that was not understood", func() *answer { return w.as("analyst").get(rw + "objects/?limit=canary") }, map[string]any{
			"status": 400.0, "level": "INFO"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := len(w.log.lines(t))
			tc.ask()
			records := w.log.lines(t)
			require.Len(t, records, before+1, "one record a request")
			record := records[before]
			assert.ElementsMatch(t, strings.Fields("time level msg method route status principal collection objects bytes_in bytes_out duration error_id remote"), slices.Collect(maps.Keys(record)))
			for key, want := range tc.want {
				assert.Equal(t, want, record[key], key)
			}
		})
	}
	for _, secret := range []string{"canary", "CANARY", idM, tokenOf("analyst"), "match["} {
		assert.NotContains(t, w.log.String(), secret, "ADV-26 no query, credential or content in the log")
	}
}

func TestMetrics(t *testing.T) {
	w := newWorld(t)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(w.server.Collectors()...)
	w.as("analyst").post(rw+"objects/", envelope(objectM)).want(202)
	w.as("analyst").get(rw + "objects/").want(200)
	w.as("analyst").get("collections/canary/objects/").want(404)
	w.as("analyst").do("CANARY", "/canary/", nil).want(404)
	families, err := registry.Gather()
	require.NoError(t, err)
	counts := map[string]float64{}
	for _, f := range families {
		assert.NotContains(t, strings.ToLower(f.String()), "canary", "ADV-26")
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			counts[f.GetName()+" "+strings.Join(labels, " ")] = m.GetCounter().GetValue()
		}
	}
	const objects = "/csirt-xa/collections/:collection/objects/"
	for series, want := range map[string]float64{
		"entente_http_requests_total 2xx GET " + objects:  1,
		"entente_http_requests_total 2xx POST " + objects: 1,
		"entente_http_requests_total 4xx GET " + objects:  1,
		"entente_http_requests_total 4xx other none":      1,
		"entente_http_body_bytes_total in":                float64(len(envelope(objectM))),
	} {
		assert.Equal(t, want, counts[series], series)
	}
}

func TestDurationComesFromTheClock(t *testing.T) {
	at := begin
	w := newWorld(t, withServer(func(c *server.Config) {
		c.Now = func() time.Time { at = at.Add(time.Second); return at }
	}))
	w.as("analyst").get("/taxii2/").want(200)
	assert.Equal(t, float64(time.Second), w.log.lines(t)[0]["duration"])
}
