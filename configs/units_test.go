package configs_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/configs"
)

func TestSize(t *testing.T) {
	for text, want := range map[string]configs.Size{"0": 0, "512": 512, "64KiB": 64 << 10, "10MiB": 10 << 20, "3GiB": 3 << 30} {
		var s configs.Size
		require.NoError(t, s.UnmarshalText([]byte(text)), text)
		assert.Equal(t, want, s)
		assert.Equal(t, text, s.String())
	}
	assert.Equal(t, "1537", configs.Size(1537).String())
	for _, text := range []string{"", "KiB", "10MB", "10 MiB", "1.5GiB", "-1", "+1", "10mib", "9999999999GiB", "99999999999999999999"} {
		var s configs.Size
		assert.Error(t, s.UnmarshalText([]byte(text)), text)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0s": 0, "300ms": 300 * time.Millisecond, "60s": time.Minute, "15m": 15 * time.Minute, "24h": 24 * time.Hour, "1h30m": 90 * time.Minute,
		"180d": 180 * 24 * time.Hour, "0d": 0,
	} {
		var d configs.Duration
		require.NoError(t, d.UnmarshalText([]byte(text)), text)
		assert.Equal(t, want, time.Duration(d))
	}
	for _, text := range []string{"", "10", "-1h", "d", "-1d", "1.5d", "1d12h", "99999d", "1w", "9999999h"} {
		var d configs.Duration
		assert.Error(t, d.UnmarshalText([]byte(text)), text)
	}
	for want, d := range map[string]time.Duration{
		"0s": 0, "300ms": 300 * time.Millisecond, "10s": 10 * time.Second, "1m": time.Minute, "1m30s": 90 * time.Second, "10m": 10 * time.Minute,
		"1h": time.Hour, "1h10m": 70 * time.Minute, "1h0m5s": time.Hour + 5*time.Second, "20h": 20 * time.Hour, "24h": 24 * time.Hour, "3d": 72 * time.Hour,
	} {
		assert.Equal(t, want, configs.Duration(d).String())
	}
}

func TestNames(t *testing.T) {
	for _, id := range []string{"csirt-xa", "a", "0x", "north-hub"} {
		assert.Empty(t, configs.CheckID(id), id)
	}
	for _, id := range []string{"", "CSIRT", "-a", "a-", "a.b", "a/b", "a_b", "é", "any", "taxii2", "a\n", string(make([]byte, 64))} {
		assert.NotEmpty(t, configs.CheckID(id), id)
	}
	for _, c := range []string{"AT", "NO", "GB", "ZW", "AD", "XA", "XZ", "XK"} {
		assert.Empty(t, configs.CheckCountry(c), c)
	}
	for _, c := range []string{"", "A", "AUT", "EU", "ZZ", "QZ", "at", " A", "A ", "X1"} {
		assert.NotEmpty(t, configs.CheckCountry(c), c)
	}
	assert.Contains(t, configs.CheckCountry("at"), "AT")
	assert.Empty(t, configs.CheckIdentity("identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"))
	for _, id := range []string{"", "identity--", "identity--8E2E2D2B-17D4-4CBF-938F-98EE46B3CD3F", "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"} {
		assert.NotEmpty(t, configs.CheckIdentity(id), id)
	}
}
