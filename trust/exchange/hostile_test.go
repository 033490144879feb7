package exchange_test

import (
	"fmt"
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

// custom makes an object of a type that its writer made up.
func custom(typ string, n int) string {
	return fmt.Sprintf(`{"type":%q,"spec_version":"2.1","id":"%s--%s","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",`+
		`"object_marking_refs":["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"]}`, typ, typ, uid(n))
}

// TestPilingUp is I-10: what one source can make everybody's reads and writes carry has an end,
// and others do not notice where.
func TestPilingUp(t *testing.T) {
	post := func(n *node, from, to int, object func(i int) string) int {
		var objects []string
		for i := from; i < to; i++ {
			objects = append(objects, object(i))
		}
		return n.add(xb, "from-csirt-xb", objects...).FailureCount
	}
	t.Run("types of its own making", func(t *testing.T) {
		n := newNode(t)
		object := func(i int) string { return custom(fmt.Sprintf("x-a%d", i), i) }
		assert.Zero(t, post(n, 0, 3000, object))
		assert.Equal(t, 904, post(n, 3000, 5000, object), "4096 kinds and no more")
		n.restart()
		assert.Equal(t, 1, post(n, 5000, 5001, object), "also after a restart")
		assert.Zero(t, post(n, 0, 3000, object), "what is known stays so")
		n.put(xc, "from-csirt-xc", object(6000))
	})
	for _, size := range []int{1, 150} {
		t.Run(fmt.Sprintf("objects of one UUID, %d at once", size), func(t *testing.T) {
			n := newNode(t)
			object := func(i int) string { return custom(fmt.Sprintf("x-a%d", i), 1) }
			failed := 0
			for i := 0; i < 150; i += size {
				failed += post(n, i, i+size, object)
			}
			assert.Equal(t, 50, failed)
			n.put(xc, "from-csirt-xc", object(6000))
			n.put(xb, "from-csirt-xb", object(0), strings.Replace(object(0), `"modified":"2026-01-01`, `"modified":"2026-01-02`, 1))
		})
	}
}
