package exchange_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
