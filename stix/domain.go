package stix

import (
	"bytes"
	"slices"

	"entente/stix/format"
	"entente/stix/pattern"
)

// ownRule is what a single type requires beyond the tables, or nil. It is given the node of the
// value.
func ownRule(name string) func(x *examination, at int32) {
	switch name {
	case "attack-pattern":
		return (*examination).checkAttackPattern
	case "extension-definition":
		return (*examination).checkExtensionDefinition
	case "external-reference":
		return (*examination).checkExternalReference
	case "indicator":
		return (*examination).checkIndicator
	case "kill-chain-phase":
		return (*examination).checkKillChainPhase
	case "language-content":
		return (*examination).checkLanguageContent
	case "location":
		return (*examination).checkLocation
	case "malware":
		return (*examination).checkMalware
	case "malware-analysis":
		return (*examination).checkMalwareAnalysis
	case "observed-data":
		return (*examination).checkObservedData
	case "relationship":
		return (*examination).checkRelationship
	case "vulnerability":
		return (*examination).checkVulnerability
	case "artifact":
		return (*examination).checkArtifact
	case "directory":
		return (*examination).checkDirectory
	case "domain-name":
		return (*examination).checkDomainName
	case "email-addr":
		return (*examination).checkEmailAddress
	case "email-message":
		return (*examination).checkEmailMessage
	case "email-mime-part-type":
		return (*examination).checkMIMEPart
	case "file":
		return (*examination).checkFile
	case "http-request-ext":
		return (*examination).checkHTTPRequest
	case "ipv4-addr":
		return (*examination).checkIPv4Address
	case "ipv6-addr":
		return (*examination).checkIPv6Address
	case "mac-addr":
		return (*examination).checkMACAddress
	case "network-traffic":
		return (*examination).checkNetworkTraffic
	case "pdf-ext":
		return (*examination).checkPDF
	case "process":
		return (*examination).checkProcess
	case "raster-image-ext":
		return (*examination).checkRasterImage
	case "socket-ext":
		return (*examination).checkSocket
	case "software":
		return (*examination).checkSoftware
	case "url":
		return (*examination).checkURL
	case "windows-pebinary-ext":
		return (*examination).checkPEBinary
	case "windows-process-ext":
		return (*examination).checkWindowsProcess
	case "windows-registry-key":
		return (*examination).checkRegistryKey
	}
	return nil
}

// checkOwnRules checks a value against the rules of its type alone.
func (x *examination) checkOwnRules(at int32, s *structure) {
	if rule := ownRule(s.name); rule != nil {
		rule(x, at)
	} else if at == 0 && s.name == "" {
		x.checkCustomObject()
	}
}

// stringOf is the string that a member holds; ok is false if there is none.
func (x *examination) stringOf(of int32, name string) (at int32, text []byte, ok bool) {
	at = x.member(of, name)
	if at == 0 || x.nodes[at].kind != '"' {
		return at, nil, false
	}
	return at, x.str(at), true
}

func (x *examination) checkAttackPattern(int32) {
	x.checkCatalogue("capec", "S-4.1-01", "CAPEC-", format.CAPEC, "a CAPEC entry has the source_name capec and an external_id such as CAPEC-163")
}

func (x *examination) checkVulnerability(int32) {
	x.checkCatalogue("cve", "S-4.19-01", "CVE-", format.CVE, "a CVE entry has the source_name cve and an external_id such as CVE-2016-1234")
}

// checkCatalogue checks the external references to a catalogue: its name and its entries' form.
func (x *examination) checkCatalogue(source, row, prefix string, entry func([]byte) bool, message string) {
	list := x.slots[slotExternalReferences]
	if list == 0 || x.nodes[list].kind != '[' {
		return
	}
	for i := range x.children(list) {
		at, name, ok := x.stringOf(i, "source_name")
		if !ok || !bytes.EqualFold(name, []byte(source)) {
			continue
		}
		switch id, text, ok := x.stringOf(i, "external_id"); {
		case string(name) != source:
			x.report(at, row, message)
		case id == 0:
			x.report(i, row, message)
		case ok && !entry(text):
			x.report(id, row, message)
		}
	}
}

// checkExternalReference checks an external reference (§2.5).
func (x *examination) checkExternalReference(at int32) {
	description, url, id := x.member(at, "description"), x.member(at, "url"), x.member(at, "external_id")
	if description == 0 && url == 0 && id == 0 {
		x.report(at, "S-2.5-02", "an external reference has a description, a url or an external_id")
	}
	if url == 0 || x.nodes[url].kind != '"' {
		return
	}
	if !format.URIReference(x.str(url)) {
		x.reportUnless(referenceURL, url, "S-2.5-03", "a url is a URI of RFC 3986: escape what it does not allow")
	}
	if x.member(at, "hashes") == 0 {
		x.warn(at, "S-2.5-04", "an external reference with a url should have hashes of what is there")
	}
}

func (x *examination) checkKillChainPhase(at int32) {
	for i := range x.children(at) {
		if x.nodes[i].kind == '"' && !format.Token(x.str(i)) {
			x.warn(i, "S-2.11-02", "the names of kill chains and phases should be in lower case with hyphens between words")
		}
	}
}

// checkIndicator checks an indicator and its pattern (§4.7, §9).
func (x *examination) checkIndicator(int32) {
	if x.property("name") == 0 || x.property("description") == 0 {
		x.warn(0, "S-4.7-01", "an indicator should have a name and a description")
	}
	at, text, ok := x.stringOf(0, "pattern")
	if _, kind, isText := x.stringOf(0, "pattern_type"); !ok || !isText || string(kind) != "stix" {
		return
	}
	if _, version, ok := x.stringOf(0, "pattern_version"); ok && bytes.HasPrefix(version, []byte("2.0")) {
		return // another grammar (S-4.7-04)
	}
	parsed, err := x.pattern.Parse(text)
	if err != nil {
		x.report(at, "S-4.7-03", "the pattern is not in the STIX patterning language: "+err.Error())
		return
	}
	x.prose = CheckPaths(parsed, parsed.Check(x.prose[:0]))
	for i := range x.prose {
		x.checkProse(at, &x.prose[i])
	}
	x.checkWindows(at, parsed)
}

// checkProse says what the text of §9 forbids although the grammar allows it.
func (x *examination) checkProse(at int32, f *pattern.Finding) {
	switch {
	case f.Code == "S-9.5-02":
		x.reportUnless(mixedPattern, at, f.Code, f.Message)
	case f.Must:
		x.report(at, f.Code, f.Message)
	default:
		x.warn(at, f.Code, f.Message)
	}
}

// checkWindows advises on START and STOP outside of the indicator's validity (§9.5.1).
func (x *examination) checkWindows(at int32, p *pattern.Pattern) {
	for start, stop := range p.Windows() {
		from, okFrom := x.instant("valid_from")
		until, okUntil := x.instant("valid_until")
		a, _, errA := parseTimestamp(start.Value())
		b, _, errB := parseTimestamp(stop.Value())
		if errA == nil && okFrom && a.Before(from) || errB == nil && okUntil && b.After(until) {
			x.warn(at, "S-4.7-08", "START and STOP should lie within valid_from and valid_until")
			return
		}
	}
}

func (x *examination) checkLocation(int32) {
	latitude, longitude, precision := x.property("latitude"), x.property("longitude"), x.property("precision")
	country, area := x.property("country"), x.property("administrative_area")
	one, both := latitude != 0 || longitude != 0, latitude != 0 && longitude != 0
	switch {
	case one && !both:
		x.report(max(latitude, longitude), "S-4.10-03", "latitude and longitude are given together or not at all")
	case one || x.property("region") != 0 || country != 0:
	case x.namesPlace():
		x.reportUnless(locationPlace, 0, "S-4.10-01", noPlace)
	default:
		x.report(0, "S-4.10-01", noPlace)
	}
	switch {
	case precision != 0 && !both:
		x.report(precision, "S-4.10-04", "precision is only for a location with latitude and longitude")
	case precision == 0 && both:
		x.warn(0, "S-4.10-06", "a location with latitude and longitude should have a precision, in metres")
	}
	if country != 0 && x.nodes[country].kind == '"' && !format.Country(x.str(country)) {
		x.warn(country, "S-4.10-07", "country should be a code of ISO 3166-1 with two letters, such as DE")
	}
	if area != 0 && x.nodes[area].kind == '"' && !format.Subdivision(x.str(area)) {
		x.warn(area, "S-4.10-07", "administrative_area should be a code of ISO 3166-2, such as DE-BY")
	}
}

const noPlace = "a location has a region, a country, or latitude and longitude"

// namesPlace reports whether a location says in another way than the text wants where it is.
func (x *examination) namesPlace() bool {
	return slices.ContainsFunc([]string{"name", "administrative_area", "city", "street_address", "postal_code"}, func(name string) bool {
		return x.property(name) != 0
	})
}

func (x *examination) checkMalware(int32) {
	family := x.property("is_family")
	if family != 0 && x.nodes[family].kind == 't' && x.property("name") == 0 {
		x.report(0, "S-4.11-01", "a malware family has a name")
	}
}

func (x *examination) checkMalwareAnalysis(int32) {
	if x.property("result") == 0 && x.property("analysis_sco_refs") == 0 {
		x.report(0, "S-4.12-01", "a malware-analysis has a result or analysis_sco_refs")
	}
	switch at, product, ok := x.stringOf(0, "product"); {
	case ok && len(product) == 0:
		x.report(at, "S-4.12-02", `a product that cannot be named is "anonymized"`)
	case ok && (hasUpper(product) || bytes.ContainsAny(product, " _")):
		x.warn(at, "S-4.12-03", "the name of a product should be in lower case with hyphens between words")
	}
}

// checkRelationship checks a relationship's type and what it joins (§5.1, §3.7).
func (x *examination) checkRelationship(int32) {
	at, kind, ok := x.stringOf(0, "relationship_type")
	if !ok {
		return
	}
	if !isRelationshipType(kind) {
		x.report(at, "S-5.1-01", "a relationship_type is made of a-z, 0-9 and hyphens")
		return
	}
	_, source, ok := x.stringOf(0, "source_ref")
	_, target, okTarget := x.stringOf(0, "target_ref")
	if !ok || !okTarget {
		return
	}
	from, to := typeOf(source), typeOf(target)
	switch string(kind) {
	case "related-to":
		return
	case "derived-from", "duplicate-of":
		if !bytes.Equal(from, to) {
			x.warn(at, "S-5.1-06", "derived-from and duplicate-of should join objects of one type")
		}
		return
	}
	if !suggested(from, kind, to) {
		x.warn(at, "S-5.1-02", "STIX suggests no relationship of this type between these types of objects")
	}
}

func isRelationshipType(kind []byte) bool {
	for _, c := range kind {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(kind) > 0
}

func suggested(from, kind, to []byte) bool {
	if _, ok := relationships[relationship{string(from), string(kind), string(to)}]; ok {
		return true
	}
	s, known := structures[string(to)]
	_, any := relationships[relationship{string(from), string(kind), "<any SCO>"}]
	return any && known && s.class == classSCO
}
