package taxii_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/taxii"
)

func TestAcceptsTAXII(t *testing.T) {
	for _, tc := range []struct {
		name   string
		accept []string
		want   bool
	}{
		// The twelve spellings of F-30.
		{"F-30 1 exact, T-3.1-06", []string{"application/taxii+json;version=2.1"}, true},
		{"F-30 2 space, T-3.1-06", []string{"application/taxii+json; version=2.1"}, true},
		{"F-30 3 upper case, T-3.1-06", []string{"APPLICATION/TAXII+JSON;VERSION=2.1"}, true},
		{"F-30 4 no version, T-3.1-05", []string{"application/taxii+json"}, true},
		{"F-30 5 quoted, T-3.1-06", []string{`application/taxii+json;version="2.1"`}, true},
		{"F-30 6 list with q, T-3.1-06", []string{"text/html, application/taxii+json;version=2.1;q=0.5"}, true},
		{"F-30 7 charset", []string{"application/taxii+json; version=2.1; charset=utf-8"}, true},
		{"F-30 8 anything, T-3.1-08", []string{"*/*"}, true},
		{"F-30 9 any application", []string{"application/*"}, true},
		{"F-30 10 axios default, T-3.1-08", []string{"application/json, text/plain, */*"}, true},
		{"F-30 11 missing, T-3.1-08", nil, true},
		{"F-30 12 lone TAXII 2.0, T-3.1-08", []string{"application/vnd.oasis.taxii+json; version=2.0"}, false},

		{"T-3.1-12 manifest's line", []string{"application/taxii+json;version=2.1,application/stix+json;version=2.1"}, true},
		{"T-3.1-12 its second half alone", []string{"application/stix+json;version=2.1"}, true},
		{"STIX without version", []string{"application/stix+json"}, true},
		{"STIX 2.0", []string{"application/stix+json;version=2.0"}, false},
		{"T-3.1-13 version of three parts", []string{"application/taxii+json;version=2.1.0"}, false},
		{"T-3.1-08 TAXII 2.0", []string{"application/taxii+json;version=2.0"}, false},
		{"later TAXII only", []string{"application/taxii+json;version=2.2"}, false},
		{"TAXII 2.0 or 2.1", []string{"application/vnd.oasis.taxii+json; version=2.0, application/taxii+json; version=2.1"}, true},
		{"T-3.1-08 plain JSON alone", []string{"application/json"}, true},
		{"empty header asks for anything", []string{" "}, true},
		{"several lines", []string{"text/html", "application/taxii+json"}, true},
		{"page only", []string{"text/html,application/xhtml+xml"}, false},
		{"RFC 9110 q=0 excludes", []string{"application/taxii+json;q=0"}, false},
		{"RFC 9110 q=0.000 excludes", []string{"application/taxii+json;version=2.1;q=0.000"}, false},
		{"RFC 9110 small q is enough", []string{"application/taxii+json;q=0.001"}, true},
		{"RFC 9110 specific refusal beats wildcard", []string{"*/*, application/taxii+json;version=2.1;q=0"}, false},
		{"RFC 9110 specific range beats refused wildcard", []string{"*/*;q=0, application/taxii+json;q=0.2"}, true},
		{"RFC 9110 version beats refused name", []string{"application/taxii+json;q=0,application/taxii+json;version=2.1"}, true},
		{"RFC 9110 refused type beats any", []string{"application/*;q=0, */*"}, false},
		{"refusing plain JSON says nothing of TAXII", []string{"application/json;q=0, */*"}, true},
		{"other version beside anything", []string{"application/taxii+json;version=2.0, */*"}, true},
		{"comma in quotes", []string{`text/html;x="a,*/*,\",b", application/taxii+json`}, true},
		{"comma in quotes hides nothing", []string{`text/html;x=",*/*,"`}, false},
		{"unreadable element is passed over", []string{"*, ;;;, application/taxii+json;version, application/taxii+json"}, true},
		{"nothing readable", []string{"*, ;;;"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, taxii.AcceptsTAXII(tc.accept))
		})
	}
}

func TestContentKind(t *testing.T) {
	for _, tc := range []struct {
		name, contentType string
		want              taxii.Content
		ok                bool
	}{
		// The ten spellings of F-31.
		{"F-31 1 exact, T-3.1-07", "application/taxii+json;version=2.1", taxii.ContentTAXII, true},
		{"F-31 2 space, T-3.1-07", "application/taxii+json; version=2.1", taxii.ContentTAXII, true},
		{"F-31 3 charset", "application/taxii+json; version=2.1; charset=utf-8", taxii.ContentTAXII, true},
		{"F-31 4 charset first, case, quotes", `Application/TAXII+JSON; charset="UTF-8";Version="2.1"`, taxii.ContentTAXII, true},
		{"F-31 5 no version", "application/taxii+json", taxii.ContentTAXII, true},
		{"F-31 6 taxii-post connector", "application/stix+json; version=2.1", taxii.ContentSTIX, true},
		{"F-31 7 STIX without version", "application/stix+json", taxii.ContentSTIX, true},
		{"F-31 8 STIX 2.0's name", "application/vnd.oasis.stix+json; version=2.0", taxii.ContentSTIX, true},
		{"F-31 9 missing, T-3.1-09", "", 0, false},
		{"F-31 10 other, T-3.1-09", "application/json", 0, false},

		{"T-3.1-09 text", "text/plain", 0, false},
		{"TAXII 2.0's name", "application/vnd.oasis.taxii+json; version=2.0", 0, false},
		{"T-3.1-13 version of three parts", "application/taxii+json;version=2.1.0", taxii.ContentTAXII, false},
		{"TAXII 2.0", "application/taxii+json;version=2.0", taxii.ContentTAXII, false},
		{"STIX 3", "application/stix+json;version=3.0", taxii.ContentSTIX, false},
		{"trailing semicolon", "application/taxii+json;version=2.1;", taxii.ContentTAXII, true},
		{"two types", "application/taxii+json;version=2.1, text/html", 0, false},
		{"unreadable", "application/taxii+json;version", 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := taxii.ContentKind(tc.contentType)
			assert.Equal(t, tc.ok, ok)
			if tc.ok {
				assert.Equal(t, tc.want, got)
			}
		})
	}
}

func FuzzAccept(f *testing.F) {
	f.Add("application/taxii+json;version=2.1")
	f.Add(`text/html;x="a,b\",c";q=0.5, */*;q=0`)
	f.Add("application/taxii+json;version*0=2;version*1=.1, \x00,;=,")
	f.Fuzz(func(t *testing.T, value string) {
		taxii.ContentKind(value)
		if strings.ContainsRune(value, '"') {
			taxii.AcceptsTAXII([]string{value})
			return
		}
		// What a client names explicitly is served, whatever stands beside it (T-3.1-06),
		// unless it also refuses it.
		plain := !strings.Contains(strings.ToLower(value), "taxii")
		got := taxii.AcceptsTAXII([]string{value, taxii.MediaType})
		assert.True(t, got || !plain)
		assert.Equal(t, got, taxii.AcceptsTAXII([]string{value + "," + taxii.MediaType}), "one line or two")
	})
}
