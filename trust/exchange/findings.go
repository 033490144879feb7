package exchange

import (
	"fmt"
	"strings"

	"entente/stix"
)

// maxMessage bounds what a status says about one object, in bytes. Beyond the first finding it
// also says no more than the object did, so that a status does not grow far beyond its POST.
const maxMessage = 1000

// describe is what a status says of an object's findings, in about so many bytes: errors first,
// then what is forgiven, then advice. The first is always said.
func describe(findings []stix.Finding, room int) string {
	var b strings.Builder
	rest := 0
	for _, of := range [...]func(f *stix.Finding) string{asError, asForgiven, asAdvice} {
		for i := range findings {
			text := of(&findings[i])
			switch {
			case text == "":
			case b.Len() > 0 && b.Len()+len(text) > room:
				rest++
			case b.Len() > 0:
				b.WriteString("; ")
				fallthrough
			default:
				b.WriteString(text)
			}
		}
	}
	if rest > 0 {
		fmt.Fprintf(&b, "; and %d more", rest)
	}
	return b.String()
}

func asError(f *stix.Finding) string {
	if f.Severity != stix.Error {
		return ""
	}
	return f.String()
}

func asForgiven(f *stix.Finding) string {
	if f.Tolerance == "" {
		return ""
	}
	return "forgiven (" + f.Tolerance + "): " + f.String()
}

func asAdvice(f *stix.Finding) string {
	if f.Severity == stix.Error || f.Tolerance != "" {
		return ""
	}
	return "advice: " + f.String()
}

// forgiven reports whether a tolerance let anything pass.
func forgiven(findings []stix.Finding) bool {
	for i := range findings {
		if findings[i].Tolerance != "" {
			return true
		}
	}
	return false
}

// checkTogether reads a submission's accepted objects beside each other. Two contents of one
// version are not its matter: that is decided where all that is known of an id is at hand (P-5).
func (s *submission) checkTogether(r *stix.Reader) {
	places := make([]int, 0, len(s.items))
	objects := make([]stix.Object, 0, len(s.items))
	for i := range s.items {
		if !s.items[i].failed {
			places, objects = append(places, i), append(objects, s.items[i].object)
		}
	}
	for k, findings := range r.CheckTogether(objects) {
		kept := findings[:0]
		for _, f := range findings {
			if f.Code != "S-3.6-06" && f.Code != "S-8-07" && f.Code != "S-D-04" {
				kept = append(kept, f)
			}
		}
		s.items[places[k]].find(kept)
	}
}

// find adds what is found about an object.
func (it *item) find(findings []stix.Finding) {
	if len(findings) == 0 {
		return
	}
	it.findings = append(it.findings, findings...)
	if _, bad := stix.Rejects(findings); bad {
		it.failed = true
	}
}
