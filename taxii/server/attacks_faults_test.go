package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
)

// P-3: under which terms an object comes in is settled by the policy of the moment at which it comes, also
// when its POST is the first request after that moment.
func TestTermsOfTheMoment(t *testing.T) {
	w := newWorld(t, withFiles(changed(arena(), "members/csirt-xc.yaml", "member: csirt-xc\ntrust: 3\n", "agreements/mou-xb.yaml",
		strings.Replace(agreementXB, "to: csirt-xa, max_tlp: amber+strict", "to: csirt-xa, max_tlp: amber, onward: community", 1)+"valid: {until: 2026-06-01}\n")))
	w.pass(12*time.Hour - time.Microsecond)
	w.gives("csirt-xb", marked(1, "indicator", trust.Amber))
	w.pass(time.Microsecond)
	w.gives("csirt-xb", marked(2, "indicator", trust.Amber))
	w.holdsOnly("csirt-xc", marked(1, "indicator", trust.Amber))
}

// T-5.7, I-1: a version that somebody could not see is not said to be deleted either.
func TestADeletedVersionThatWasHidden(t *testing.T) {
	secret := marked(1, "malware", trust.Red)
	about := marked(10, "relationship", trust.Green, refersTo("source_ref", mark(1, "malware")), refersTo("target_ref", mark(1, "malware")))
	later := sameID(marked(11, "relationship", trust.Green, refersTo("source_ref", mark(2, "malware")), refersTo("target_ref", mark(2, "malware"))), 10)
	for name, first := range map[string]string{
		"its mark hid it":                sameID(marked(10, "relationship", trust.Red, refersTo("source_ref", mark(2, "malware")), refersTo("target_ref", mark(2, "malware"))), 10),
		"what it referred to hid it":     about,
		"nothing hid it: it was visible": sameID(marked(10, "relationship", trust.Green, refersTo("source_ref", mark(2, "malware")), refersTo("target_ref", mark(2, "malware"))), 10),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, withFiles(changed(arena(), "local.yaml", "accounts: {red: [analyst]}\n")))
			w.gives("analyst", secret, marked(2, "malware", trust.Green), first)
			w.as("analyst").delete(rw + "objects/" + mark(10, "relationship") + "/").want(http.StatusOK)
			w.pass(time.Second)
			w.gives("analyst", later)
			ask := func(at string) string {
				return masked(w.as("csirt-xc").get(fmt.Sprintf("collections/for-csirt-xc/objects/%s/?match[version]=%s", mark(10, "relationship"), at)))
			}
			require.Contains(t, ask(version(11)), word(11))
			if strings.Contains(name, "visible") {
				assert.NotEqual(t, ask("2019-09-09T00:00:00.000Z"), ask(version(10)), "TAXII 2.1 §5.7")
				return
			}
			assert.Equal(t, ask("2019-09-09T00:00:00.000Z"), ask(version(10)), "as a version that never was")
		})
	}
}
