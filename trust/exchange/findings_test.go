package exchange_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func replaced(t *testing.T, object, old, new string) string {
	t.Helper()
	require.Contains(t, object, old)
	return strings.Replace(object, old, new, 1)
}

// The status tells everything that the reader found: why an object failed, what was forgiven, and
// what would be better.
func TestStatusTellsFindings(t *testing.T) {
	n := newNode(t)
	broken := replaced(t, indicator(1, 1, "green"), `"pattern":"`, `"confidence":101,"valid_until":7,"pattern":"`)
	st := n.add(xb, "from-csirt-xb", broken)
	require.Equal(t, 1, st.FailureCount)
	message := st.Failures[0].Message
	assert.Contains(t, message, "S-3.2-11")
	assert.Contains(t, message, "S-2.16-01", "not only the first error")
	assert.Contains(t, message, "advice: ")
	assert.Less(t, strings.Index(message, "S-2.16-01"), strings.Index(message, "advice: "), "errors come first")

	st = n.add(xb, "from-csirt-xb", replaced(t, indicator(2, 1, "green"), `"pattern":"`, `"x_Odd":null,"pattern":"`))
	require.Equal(t, 1, st.SuccessCount, "%+v", st.Failures)
	assert.Contains(t, st.Successes[0].Message, "forgiven (custom-name): /x_Odd: ")
	assert.Contains(t, st.Successes[0].Message, "forgiven (custom-value): /x_Odd: ")
	assert.Equal(t, 1, st.Forgiven)

	st = n.add(xb, "from-csirt-xb", indicator(3, 1, "green"))
	assert.Contains(t, st.Successes[0].Message, "S-4.7-01")
	assert.Zero(t, st.Forgiven, "advice forgives nothing")

	odd := make([]string, 100)
	for i := range odd {
		odd[i] = `"file:1"`
	}
	st = n.add(xb, "from-csirt-xb", replaced(t, indicator(4, 1, "green"), `"pattern":"`, `"object_refs":[`+strings.Join(odd, ",")+`],"pattern":"`))
	require.Equal(t, 1, st.FailureCount)
	assert.Less(t, len(st.Failures[0].Message), 1200)
	assert.Regexp(t, `; and \d+ more$`, st.Failures[0].Message)
}

// A new version is held against the one before it that the same source sent (S-3.2-05, S-3.6-11):
// its default tolerances forgive that, because real feeds do it.
func TestHistoryIsChecked(t *testing.T) {
	first := replaced(t, indicator(1, 1, "green"), `"pattern":"`, `"revoked":true,"pattern":"`)
	moved := replaced(t, indicator(1, 2, "green"), `"created":"2026-01-01T00:00:00.000Z"`, `"created":"2026-01-01T00:00:00.001Z"`)
	for name, together := range map[string]bool{"later": false, "in one POST": true} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			n.shut()
			strict := n.policy.Members["csirt-xb"]
			strict.Tolerate = &[]string{}
			n.policy.Members["csirt-xb"] = strict
			n.start()
			objects := []string{first, moved}
			if !together {
				require.Equal(t, 1, n.add(xb, "from-csirt-xb", first).SuccessCount)
				objects = objects[1:]
			}
			st := n.add(xb, "from-csirt-xb", objects...)
			require.Equal(t, 1, st.FailureCount)
			assert.Contains(t, st.Failures[0].Message, "S-3.2-05")
			assert.Contains(t, st.Failures[0].Message, "S-3.6-11")

			require.Equal(t, 1, n.add(xc, "from-csirt-xc", first).SuccessCount)
			st = n.add(xc, "from-csirt-xc", moved)
			require.Equal(t, 1, st.SuccessCount, "%+v", st.Failures)
			assert.Contains(t, st.Successes[0].Message, "forgiven (version-history): /created: ")
			assert.Equal(t, 1, st.Forgiven)
		})
	}
}

// Objects of one POST are read beside each other (S-7.1-07).
func TestObjectsAreReadTogether(t *testing.T) {
	n := newNode(t)
	target := replaced(t, indicator(1, 1, "green"), `"pattern":"`, `"labels":["a","b"],"pattern":"`)
	translation := `{"type":"language-content","spec_version":"2.1","id":"language-content--` + uid(2) + `","created":"2026-01-01T00:00:00.000Z",
		"modified":"2026-01-01T00:00:00.000Z","object_ref":"indicator--` + uid(1) + `","contents":{"de":{"labels":["a"]}}}`
	st := n.add(xb, "from-csirt-xb", translation, target)
	require.Equal(t, 1, st.FailureCount)
	assert.Equal(t, "language-content--"+uid(2), st.Failures[0].ID)
	assert.Contains(t, st.Failures[0].Message, "S-7.1-07")
	assert.Equal(t, 1, st.SuccessCount)
}

// tlpGreen is a definition of TLP:GREEN as some tool might word it.
func tlpGreen(created, extra string) string {
	return `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da","created":"` + created + `",` +
		extra + `"definition_type":"tlp","name":"TLP:GREEN","definition":{"tlp":"green"}}`
}

// Of a definition of a TLP level one copy of any wording is kept. The answer to who sent another
// must not tell what that one says (P-5).
func TestHistoryTellsNothingOfOthers(t *testing.T) {
	answer := func(others ...string) string {
		n := newNode(t)
		if len(others) > 0 {
			require.Equal(t, len(others), n.add(xc, "from-csirt-xc", others...).SuccessCount)
		}
		require.Equal(t, 1, n.add(xb, "from-csirt-xb", tlpGreen("2018-01-01T00:00:00.000Z", "")).SuccessCount)
		st := n.add(xb, "from-csirt-xb", tlpGreen("2019-01-01T00:00:00.000Z", ""))
		require.Equal(t, 1, st.SuccessCount, "%+v", st.Failures)
		return st.Successes[0].Message
	}
	other := tlpGreen("2018-01-01T00:00:00.000Z", `"created_by_ref":"identity--`+uid(7)+`",`)
	assert.Equal(t, answer(), answer(other))
}

// Many small versions after a large one must not make the committer read that for each of them.
func TestHistoryIsBounded(t *testing.T) {
	n := newNode(t)
	large := replaced(t, indicator(1, 1, "green"), `"pattern":"`, `"x_large":"`+strings.Repeat("x", 2<<20)+`","pattern":"`)
	require.Equal(t, 1, n.add(xb, "from-csirt-xb", large).SuccessCount)
	moved := func(v int) string {
		return replaced(t, indicator(1, v, "green"), `"created":"2026-01-01T00:00:00.000Z"`, `"created":"2026-01-01T00:00:00.001Z"`)
	}
	st := n.add(xb, "from-csirt-xb", moved(5), moved(4), moved(3), moved(2)) // each comes after the large one
	require.Equal(t, 4, st.SuccessCount, "%+v", st.Failures)
	told := 0
	for _, s := range st.Successes {
		if strings.Contains(s.Message, "S-3.2-05") {
			told++
		}
	}
	assert.Equal(t, 1, told, "more than one reading is not what a submission of this size may cost")
}

// A status stays in proportion to its POST, however much there is to say of each object.
func TestStatusStaysInProportion(t *testing.T) {
	n := newNode(t)
	small := make([]string, 500)
	size := 0
	for i := range small {
		small[i] = `{"type":"observed-data","granular_markings":[{},{},{},{},{},{},{},{}]}`
		size += len(small[i])
	}
	st := n.add(xb, "from-csirt-xb", small...)
	said := 0
	for _, f := range st.Failures {
		said += len(f.Message)
	}
	assert.Less(t, said, 3*size)
}

// A default that one copy says and another leaves out makes no other version (S-3.6-09).
func TestDefaultsAreNoContradiction(t *testing.T) {
	n := newNode(t)
	n.put(xb, "from-csirt-xb", indicator(1, 1, "green"))
	again := replaced(t, indicator(1, 1, "green"), `"pattern":"`, `"revoked":false,"pattern":"`)
	require.Equal(t, 1, n.add(xb, "from-csirt-xb", again).SuccessCount)
	assert.Equal(t, []string{name(1, 1)}, n.sees(officer, "received", "match[version]=all"))
	assert.Equal(t, []string{name(1, 1)}, n.sees(xc, "for-csirt-xc", ""), "it is still released")
}
