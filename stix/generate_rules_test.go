package stix_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// specialValues draw properties whose type says too little about them: "type.property", or
// "*.property" for any type.
var specialValues = map[string]func(*generator) any{
	"attack-pattern.external_references": (*generator).externalReferences,
	"vulnerability.external_references":  (*generator).externalReferences,

	"location.latitude":             func(g *generator) any { return g.float(-90, 90) },
	"location.longitude":            func(g *generator) any { return g.float(-180, 180) },
	"location.precision":            func(g *generator) any { return g.float(0, 1e6) },
	"location.country":              func(g *generator) any { return g.pick("de", "US", "fr", "jp") },
	"malware.name":                  func(g *generator) any { return "m" + g.text() },
	"malware-analysis.product":      func(g *generator) any { return g.pick("anonymized", "acme-av", "my scanner") },
	"observed-data.number_observed": func(g *generator) any { return g.integer(1, 999_999_999) },
	"sighting.count":                func(g *generator) any { return g.integer(0, 999_999_999) },
	"relationship.relationship_type": func(g *generator) any {
		return g.pick("related-to", "x-acme-sold-to", "uses2")
	},

	"artifact.url":               func(g *generator) any { return g.url() },
	"*.mime_type":                func(g *generator) any { return g.pick("application/pdf", "text/plain", "image/png") },
	"autonomous-system.number":   func(g *generator) any { return g.integer(0, 4_294_967_295) },
	"*.path_enc":                 (*generator).charset,
	"*.name_enc":                 (*generator).charset,
	"domain-name.value":          func(g *generator) any { return g.domain() },
	"email-addr.value":           func(g *generator) any { return g.pick("jane", "o'neil+tag", `"john doe"`, "a.b-c") + "@" + g.domain() },
	"ipv4-addr.value":            (*generator).ipv4,
	"ipv6-addr.value":            (*generator).ipv6,
	"mac-addr.value":             (*generator).mac,
	"url.value":                  func(g *generator) any { return g.url() },
	"*.additional_header_fields": (*generator).headers,
	"*.request_header":           (*generator).headers,
	"*.exif_tags": func(g *generator) any {
		return g.dictionary(g.integerOrString, "Make", "XResolution", "ISOSpeedRatings")
	},
	"*.document_info_dict": func(g *generator) any {
		return g.dictionary(func() any { return g.text() }, "Title", "Author", "CreationDate")
	},
	"*.ipfix": func(g *generator) any {
		return g.dictionary(g.integerOrString, "minimumIpTotalLength", "octetDeltaCount")
	},
	"*.options": func(g *generator) any {
		return g.dictionary(func() any { return g.integer(-1, 1<<31) }, "SO_KEEPALIVE", "TCP_NODELAY", "IP_TTL")
	},
	"*.time_date_stamp": func(g *generator) any { return g.timestamp(0)[:19] + "Z" }, // to the second
	"*.request_method":  func(g *generator) any { return g.pick("get", "post") },
	"*.src_port":        func(g *generator) any { return g.integer(0, 65535) },
	"*.dst_port":        func(g *generator) any { return g.integer(0, 65535) },
	"network-traffic.protocols": func(g *generator) any {
		return g.several(func() any { return g.pick("ipv4", "ipv6", "tcp", "udp", "http", "icmp") })
	},
	"process.pid":                  func(g *generator) any { return g.integer(0, 1<<32) },
	"unix-account-ext.gid":         func(g *generator) any { return g.integer(-2, 1<<32) },
	"windows-process-ext.priority": func(g *generator) any { return g.pick("HIGH_PRIORITY_CLASS", "IDLE_PRIORITY_CLASS") },
	"software.cpe": func(g *generator) any {
		return g.pick("cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*", `cpe:2.3:o:acme:os-x:1.0\(2\):-:*:de:*:*:x86:*`)
	},
	"software.languages": func(g *generator) any { return g.several(func() any { return g.lang() }) },
	"windows-registry-key.key": func(g *generator) any {
		return g.pick("HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER", "hkey_users") + `\System\` + g.word()
	},

	"language-content.contents":    (*generator).translations,
	"extension-definition.schema":  func(g *generator) any { return g.pick("https://example.com/schema.json", "see the manual") },
	"extension-definition.version": func(g *generator) any { return g.pick("1.2.1", "0.0.1", "10.0.0-rc.1") },
	"extension-definition.name":    func(g *generator) any { return "acme " + g.text() },
	"extension-definition.extension_types": func(g *generator) any {
		return g.several(func() any { return g.pick(g.schema.vocabularies["extension-type-enum"].Values...) })
	},
	"extension-definition.extension_properties": func(g *generator) any {
		return g.several(func() any { return g.pick("acme_rank", "toxicity", "rank_2") })
	},
}

func (g *generator) externalReferences() any {
	return g.several(func() any { return g.externalReference() })
}

func (g *generator) charset() any {
	return g.pick("UTF-8", "windows-1252", "ISO-8859-1", "Shift_JIS", "US-ASCII")
}

func (g *generator) domain() string {
	return g.pick("example.com", "xn--bcher-kva.example", "a.b-c.example.org", strings.Repeat("l", 63)+".example", "3com.example")
}

func (g *generator) ipv4() any {
	mask := ""
	if g.chance(3) {
		mask = fmt.Sprintf("/%d", g.between(0, 32))
	}
	return fmt.Sprintf("%d.%d.%d.%d%s", g.between(0, 255), g.between(0, 255), g.between(0, 255), g.between(0, 255), mask)
}

func (g *generator) ipv6() any {
	return g.pick("2001:db8::1", "::", "::1", "2001:0db8:0000:0000:0000:ff00:0042:8329", "fe80::/10", "2001:db8::/128", "2001:DB8::8:800:200C:417A")
}

func (g *generator) mac() any {
	h := g.hex(12)
	return strings.Join([]string{h[:2], h[2:4], h[4:6], h[6:8], h[8:10], h[10:]}, ":")
}

// headers are none that have a property of their own.
func (g *generator) headers() any {
	return g.dictionary(func() any { return g.several(func() any { return g.text() }) }, "X-Mailer", "Reply-To", "User-Agent", "x-spam-score", "List-Id")
}

func (g *generator) integerOrString() any {
	if g.chance(2) {
		return g.integer(-maxInteger, maxInteger)
	}
	return g.text()
}

// translations are the contents of a language-content (§7.1).
func (g *generator) translations() any {
	contents := object{}
	for range g.between(1, 2) {
		contents[g.lang()] = object{
			"name": g.text(), "labels": []any{"", g.text()},
			"detail": object{"description": g.text()},
		}
	}
	return contents
}

// targets say what references may name (requirements, section 7); a reference that is not here
// may name any object.
var targets = map[string][]string{
	"malware.operating_system_refs": {"software"}, "malware.sample_refs": {"file", "artifact"},
	"malware-analysis.host_vm_ref": {"software"}, "malware-analysis.operating_system_ref": {"software"},
	"malware-analysis.installed_software_refs": {"software"}, "malware-analysis.analysis_sco_refs": {"sco"},
	"malware-analysis.sample_ref": {"file", "network-traffic", "artifact"},
	"language-content.object_ref": {"sdo", "sro", "sco", "extension-definition", "marking-definition"},
	"relationship.source_ref":     {"sdo", "sco"}, "relationship.target_ref": {"sdo", "sco"},
	"sighting.sighting_of_ref": {"sdo"}, "sighting.observed_data_refs": {"observed-data"},
	"sighting.where_sighted_refs": {"identity", "location"}, "directory.contains_refs": {"file", "directory"},
	"archive-ext.contains_refs": {"file", "directory"}, "domain-name.resolves_to_refs": {"ipv4-addr", "ipv6-addr", "domain-name"},
	"email-addr.belongs_to_ref": {"user-account"}, "email-message.from_ref": {"email-addr"}, "email-message.sender_ref": {"email-addr"},
	"email-message.to_refs": {"email-addr"}, "email-message.cc_refs": {"email-addr"}, "email-message.bcc_refs": {"email-addr"},
	"email-message.raw_email_ref": {"artifact"}, "email-mime-part-type.body_raw_ref": {"artifact", "file"},
	"file.parent_directory_ref": {"directory"}, "file.contains_refs": {"sco"}, "file.content_ref": {"artifact"},
	"ipv4-addr.resolves_to_refs": {"mac-addr"}, "ipv6-addr.resolves_to_refs": {"mac-addr"},
	"ipv4-addr.belongs_to_refs": {"autonomous-system"}, "ipv6-addr.belongs_to_refs": {"autonomous-system"},
	"network-traffic.src_ref":         {"ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"},
	"network-traffic.dst_ref":         {"ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"},
	"network-traffic.src_payload_ref": {"artifact"}, "network-traffic.dst_payload_ref": {"artifact"},
	"http-request-ext.message_body_data_ref": {"artifact"}, "network-traffic.encapsulates_refs": {"network-traffic"},
	"network-traffic.encapsulated_by_ref": {"network-traffic"}, "process.opened_connection_refs": {"network-traffic"},
	"process.creator_user_ref": {"user-account"}, "windows-registry-key.creator_user_ref": {"user-account"},
	"process.image_ref": {"file"}, "windows-service-ext.service_dll_refs": {"file"},
	"process.parent_ref": {"process"}, "process.child_refs": {"process"},
}

// reference draws an identifier that a property may hold; in a container, the key of a
// neighbour, or nil where none fits.
func (g *generator) reference(of string) any {
	allowed, closed := targets[of]
	if !closed {
		allowed = []string{"sdo", "sro", "sco", "smo"}
	}
	var types []string
	for _, t := range allowed {
		if class, is := g.schema.classes[t]; is {
			types = append(types, class...)
			types = append(types, customTypes[t]...)
		} else {
			types = append(types, t)
		}
	}
	if g.local == nil {
		return g.id(g.pick(types...))
	}
	var keys []string
	for _, t := range types {
		keys = append(keys, g.local[t]...)
	}
	if len(keys) == 0 {
		return nil
	}
	return g.pick(keys...)
}

// repair makes the properties of an object or nested value fit together.
func (g *generator) repair(typ string, o object) {
	g.order(o, "first_seen", "last_seen", false)
	g.order(o, "valid_from", "valid_until", true)
	g.order(o, "first_observed", "last_observed", false)
	g.order(o, "start_time", "stop_time", true)
	g.order(o, "analysis_started", "analysis_ended", false)
	g.order(o, "start", "end", false)
	switch typ {
	case "indicator":
		g.pattern(o)
	case "location":
		g.place(o)
	case "malware":
		g.need(o, o["is_family"] == true, "name", typ)
	case "malware-analysis":
		g.needOne(o, typ, "result", "analysis_sco_refs")
	case "observed-data":
		g.observed(o)
	case "relationship":
		g.related(o)
	case "artifact":
		g.payload(o)
	case "email-message":
		g.mail(o)
	case "email-mime-part-type":
		g.needOne(o, typ, "body", "body_raw_ref")
	case "file":
		g.named(o)
	case "network-traffic":
		g.traffic(o)
	case "windows-pebinary-ext":
		g.need(o, len(o) == 1, "machine_hex", typ)
	case "language-content":
		g.translated(o)
	case "marking-definition":
		o["definition_type"], o["definition"] = "statement", object{"statement": g.text()}
	case "extension-definition":
		if !slices.Contains(o["extension_types"].([]any), any("toplevel-property-extension")) {
			delete(o, "extension_properties")
		}
	case "x-acme-widget", "x-acme-trace", "x-acme-link":
		g.custom(typ, o)
	}
}

func (g *generator) need(o object, condition bool, name, typ string) {
	if condition && o[name] == nil {
		o[name] = g.value(typ, name, g.schema.Types[typ].Properties[name])
	}
}

// needOne adds the first of some properties unless the object has any of them.
func (g *generator) needOne(o object, typ string, names ...string) {
	has := slices.ContainsFunc(names, func(name string) bool { return o[name] != nil })
	g.need(o, !has, names[0], typ)
}

func (g *generator) pattern(o object) {
	patterns := map[string][]string{
		"stix": {"[ipv4-addr:value = '198.51.100.7']", "[file:hashes.'SHA-256' = '" + strings.Repeat("ab", 32) + "' AND file:name LIKE '%.exe'] FOLLOWEDBY [url:value MATCHES '^http'] WITHIN 5 SECONDS",
			"([domain-name:value IN ('a.example', 'b.example')] REPEATS 2 TIMES)", "[network-traffic:dst_ref.value ISSUBSET '10.0.0.0/8'] START t'2016-01-01T00:00:00Z' STOP t'2017-01-01T00:00:00.5Z'"},
		"pcre":  {"^a+$"},
		"sigma": {"title: x\ndetection: {}"},
		"yara":  {"rule r { condition: true }"},
		"x-own": {"anything [ at all"},
	}
	language := g.pick(slices.Sorted(maps.Keys(patterns))...)
	o["pattern_type"], o["pattern"] = language, g.pick(patterns[language]...)
	if o["pattern_version"] != nil {
		o["pattern_version"] = "2.1"
	}
}

func (g *generator) place(o object) {
	if o["latitude"] == nil || o["longitude"] == nil {
		delete(o, "latitude")
		delete(o, "longitude")
		delete(o, "precision")
		g.needOne(o, "location", "region", "country")
	}
}

// observed gives an observed-data its objects, by reference or in a container.
func (g *generator) observed(o object) {
	o["object_refs"] = []any{g.id(g.pick(g.schema.classes["sco"]...)), g.id(g.pick("relationship", "sighting", "x-acme-trace"))}
	if g.chance(4) {
		delete(o, "object_refs")
		o["objects"] = g.container()
	}
}

// container draws an observable container (§2.13): observables that name one another by key.
func (g *generator) container() any {
	objects := object{}
	inner := &generator{T: g.T, schema: g.schema, local: map[string][]string{}}
	for i := range g.between(1, 3) {
		typ := g.pick("ipv4-addr", "email-addr", "file", "process", "email-message", "user-account")
		key := fmt.Sprint(i)
		o := inner.own(typ)
		o["type"] = typ
		inner.repair(typ, o)
		objects[key] = o
		inner.local[typ] = append(inner.local[typ], key)
	}
	return objects
}

func (g *generator) related(o object) {
	if !g.chance(2) {
		return
	}
	r := g.schema.relationships[g.between(0, len(g.schema.relationships)-1)]
	source, target := r.Source, g.pick(r.Targets...)
	if strings.HasPrefix(source, "<") {
		source = g.pick(g.schema.classes[g.pick("sdo", "sco")]...)
	}
	switch target {
	case "<same type>":
		target = source
	case "<any SCO>", "<any SDO or SCO>":
		target = g.pick(g.schema.classes["sco"]...)
	}
	o["relationship_type"], o["source_ref"], o["target_ref"] = r.Type, g.id(source), g.id(target)
}

func (g *generator) payload(o object) {
	if g.chance(2) {
		delete(o, "url")
		g.need(o, true, "payload_bin", "artifact")
	} else {
		delete(o, "payload_bin")
		g.need(o, true, "url", "artifact")
		g.need(o, true, "hashes", "artifact")
	}
	if o["encryption_algorithm"] == nil {
		delete(o, "decryption_key")
	}
}

func (g *generator) mail(o object) {
	if o["is_multipart"] == true {
		delete(o, "body")
	} else {
		delete(o, "body_multipart")
	}
}

func (g *generator) named(o object) {
	if o["name"] == nil {
		delete(o, "name_enc")
		g.need(o, true, "hashes", "file")
	}
}

func (g *generator) traffic(o object) {
	if o["end"] != nil {
		o["is_active"] = false
	}
	g.needOne(o, "network-traffic", "src_ref", "dst_ref")
}

// translated leaves out the version of a target that has none.
func (g *generator) translated(o object) {
	if typ, _, _ := strings.Cut(o["object_ref"].(string), "--"); g.schema.commonOf(typ) == "sco" || typ == "marking-definition" {
		delete(o, "object_modified")
	}
}

// customTypes are types that STIX does not define, by class.
var customTypes = map[string][]string{"sdo": {"x-acme-widget"}, "sco": {"x-acme-trace"}, "sro": {"x-acme-link"}}

// custom gives an object of a custom type its own properties and the extension that brings the
// type (§7.3); all but a relationship can do without (§11.2).
func (g *generator) custom(typ string, o object) {
	o["x_acme_colour"] = g.text()
	if g.chance(2) {
		o["x_acme_parts"] = g.several(func() any { return g.text() })
	}
	for class, types := range customTypes {
		if slices.Contains(types, typ) && (class == "sro" || g.chance(2)) {
			o["extensions"] = object{g.id("extension-definition"): object{"extension_type": "new-" + class}}
		}
	}
}

// predefined are the extensions that STIX itself defines, by the observables they belong to.
var predefined = map[string][]string{
	"file":            {"archive-ext", "ntfs-ext", "pdf-ext", "raster-image-ext", "windows-pebinary-ext"},
	"network-traffic": {"http-request-ext", "icmp-ext", "socket-ext", "tcp-ext"},
	"process":         {"windows-process-ext", "windows-service-ext"},
	"user-account":    {"unix-account-ext"},
}

// extensions draws what may stand there on a type; an extension at the top level also adds its property.
func (g *generator) extensions(typ string, o object) any {
	extensions := object{}
	for _, name := range predefined[typ] {
		if g.chance(3) {
			extensions[name] = g.nested(name)
		}
	}
	if len(extensions) == 0 || g.chance(3) {
		extensions[g.id("extension-definition")] = object{"extension_type": "property-extension", "acme_rank": g.integer(0, 9), "acme_note": g.text()}
	}
	if g.chance(3) {
		extensions[g.id("extension-definition")] = object{"extension_type": "toplevel-property-extension"}
		o["acme_rank"] = g.integer(-9, 9)
	}
	return extensions
}

// tlpMarkings are the only markings for TLP 1.0 (§7.2.1.4) and 2.0.
var tlpMarkings = []struct{ id, name, level string }{
	{"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "TLP:WHITE", "white"},
	{"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", "TLP:GREEN", "green"},
	{"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "TLP:AMBER", "amber"},
	{"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "TLP:RED", "red"},
	{"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", "TLP:CLEAR", "clear"},
	{"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "TLP:GREEN", "green"},
	{"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", "TLP:AMBER", "amber"},
	{"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", "TLP:AMBER+STRICT", "amber+strict"},
	{"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "TLP:RED", "red"},
}

const tlp2 = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

// tlp draws one of the fixed markings, whole.
func (g *generator) tlp() object {
	i := g.between(0, len(tlpMarkings)-1)
	m := tlpMarkings[i]
	o := object{"type": "marking-definition", "spec_version": "2.1", "id": m.id, "name": m.name}
	if i < 4 {
		o["created"], o["definition_type"], o["definition"] = "2017-01-20T00:00:00.000Z", "tlp", object{"tlp": m.level}
	} else {
		o["created"] = "2022-10-01T00:00:00.000Z"
		o["extensions"] = object{tlp2: object{"extension_type": "property-extension", "tlp_2_0": m.level}}
	}
	return o
}
