package taxii_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
)

// T-7.1.1-01 T-7.1.1-02 T-7.1.1-03 T-7.1.1-04 X-08: the one custom property is named as TAXII and
// the interoperability profile ask, and tells what no standard property does.
func TestCustomProperty(t *testing.T) {
	text, err := json.Marshal(taxii.Status{ID: "a", Status: "complete", Forgiven: 3})
	require.NoError(t, err)
	var members map[string]any
	require.NoError(t, json.Unmarshal(text, &members))
	form := regexp.MustCompile(`^x_[0-9a-f]{8}_[0-9a-f]{4}_4[0-9a-f]{3}_[89ab][0-9a-f]{3}_[0-9a-f]{12}_[a-z0-9_]+$`)
	found := 0
	for name, value := range members {
		if form.MatchString(name) {
			found++
			assert.Equal(t, 3.0, value)
			assert.LessOrEqual(t, len(name), 250)
		}
	}
	assert.Equal(t, 1, found)
}
