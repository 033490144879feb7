package stix

import (
	"bytes"

	"entente/stix/format"
)

// The rules of single cyber-observables (§6). Each is given the node of the observable, because
// the deprecated container of observed-data holds observables too.

// checkForm checks the value of an observable that is all value.
func (x *examination) checkForm(of int32, name, row string, right func([]byte) bool, message string) {
	if at, text, ok := x.stringOf(of, name); ok && !right(text) {
		x.reportUnless(observableValue, at, row, message)
	}
}

func (x *examination) checkArtifact(of int32) {
	payload, url := x.member(of, "payload_bin"), x.member(of, "url")
	switch {
	case payload == 0 && url == 0:
		x.report(of, "S-6.1-01", "an artifact has a payload_bin or a url")
	case payload != 0 && url != 0:
		x.report(url, "S-6.1-01", "an artifact has a payload_bin or a url, not both")
	case url != 0 && x.member(of, "hashes") == 0:
		x.report(of, "S-6.1-02", "an artifact with a url has hashes of what is there")
	}
	x.checkForm(of, "url", "S-6.1-03", format.URL, urlMessage)
	x.checkMediaType(of, "mime_type", "S-6.1-04")
	if key := x.member(of, "decryption_key"); key != 0 && x.member(of, "encryption_algorithm") == 0 {
		x.reportUnless(decryptionKey, key, "S-6.1-06", "decryption_key is only for an artifact with an encryption_algorithm")
	}
}

const urlMessage = "the value is a URL of RFC 3986, with its scheme, as in https://example.com/"

func (x *examination) checkMediaType(of int32, name, row string) {
	if at, text, ok := x.stringOf(of, name); ok {
		if _, registered := format.MediaType(text); !registered {
			x.warn(at, row, name+" should be a media type that IANA has registered")
		}
	}
}

// checkEncoding checks the name of a character set (§3.9).
func (x *examination) checkEncoding(of int32, name, row string) {
	at, text, ok := x.stringOf(of, name)
	if !ok {
		return
	}
	switch known, preferred := format.Charset(text); {
	case !known:
		x.report(at, row, "no character set of this name is registered with IANA")
	case !bytes.EqualFold(text, []byte(preferred)):
		x.report(at, row, "IANA prefers the name "+preferred)
	}
	if x.member(of, name[:len(name)-len("_enc")]) == 0 {
		x.report(at, "S-3.1-06", "a property ending in _enc says how another was encoded, which is not there")
	}
}

func (x *examination) checkDirectory(of int32) { x.checkEncoding(of, "path_enc", "S-6.3-01") }

func (x *examination) checkDomainName(of int32) {
	x.checkForm(of, "value", "S-6.4-01", format.DomainName, "the value is a domain name: labels of 1 to 63 characters joined by dots, 253 at most (RFC 1034, RFC 5890)")
}

func (x *examination) checkEmailAddress(of int32) {
	x.checkForm(of, "value", "S-6.5-01", format.Email, "the value is an address alone, as in jane@example.com (RFC 5322); a name goes into display_name")
}

func (x *examination) checkIPv4Address(of int32) {
	x.checkForm(of, "value", "S-6.8-01", format.IPv4, "the value is an IPv4 address or network, as in 198.51.100.3 or 198.51.100.0/24")
}

func (x *examination) checkIPv6Address(of int32) {
	x.checkForm(of, "value", "S-6.9-01", format.IPv6, "the value is an IPv6 address or network, as in 2001:db8::1 or 2001:db8::/32")
}

func (x *examination) checkMACAddress(of int32) {
	x.checkForm(of, "value", "S-6.10-01", format.MAC, "the value is six pairs of lower-case hex digits joined by colons, as in d2:fb:49:24:37:18")
}

func (x *examination) checkURL(of int32) {
	x.checkForm(of, "value", "S-6.15-01", format.URL, urlMessage)
}

// checkEmailMessage checks an email message (§6.6).
func (x *examination) checkEmailMessage(of int32) {
	switch parts, body := x.member(of, "body_multipart"), x.member(of, "body"); x.kindOf(x.member(of, "is_multipart")) {
	case 't':
		if body != 0 {
			x.report(body, "S-6.6-01", "body is for messages that are not multipart; this one has its parts in body_multipart")
		}
	case 'f':
		if parts != 0 {
			x.report(parts, "S-6.6-01", "body_multipart is for messages with is_multipart true")
		}
	}
	if at := x.member(of, "additional_header_fields"); at != 0 {
		x.checkHeaders(at, "S-6.6-04")
		for i := range x.children(at) {
			if _, own := ownHeaders[string(bytes.ToLower(x.nameOf(i)))]; own {
				x.warn(i, "S-6.6-04", "this header has a property of its own")
			}
		}
	}
	if at, text, ok := x.stringOf(of, "subject"); ok && format.EncodedWord(text) {
		x.warn(at, "S-6.6-05", "encoded words (RFC 2047) should be decoded")
	}
}

// ownHeaders are the headers that have a property of their own (§6.6.1).
var ownHeaders = map[string]struct{}{
	"date": {}, "content-type": {}, "from": {}, "sender": {}, "to": {}, "cc": {}, "bcc": {}, "message-id": {}, "subject": {},
}

// checkHeaders checks a dictionary from header names to lists of their values.
func (x *examination) checkHeaders(at int32, row string) {
	if x.kindOf(at) != '{' {
		return // reported already
	}
	for i := range x.children(at) {
		switch x.nodes[i].kind {
		case '[':
		case '"':
			x.reportUnless(headerValues, i, row, "the value of a header is a list of strings, also if it stands there once")
			continue
		default:
			x.report(i, row, "the value of a header is a list of strings")
			continue
		}
		for v := range x.children(i) {
			if x.nodes[v].kind != '"' {
				x.report(v, row, "the value of a header is a list of strings")
			}
		}
	}
}

func (x *examination) checkMIMEPart(of int32) {
	body, raw := x.member(of, "body"), x.member(of, "body_raw_ref")
	if body == 0 && raw == 0 {
		x.report(of, "S-6.6-06", "a part of a message has a body or a body_raw_ref")
		return
	}
	_, kind, ok := x.stringOf(of, "content_type")
	switch isText := !ok || bytes.HasPrefix(bytes.ToLower(kind), []byte("text/")); {
	case isText && body == 0:
		x.warn(raw, "S-6.6-09", "the body of a part of text should be in body")
	case !isText && body != 0:
		x.warn(body, "S-6.6-09", "the body of a part that is not text should be an artifact or file, in body_raw_ref")
	}
}

func (x *examination) checkFile(of int32) {
	if x.member(of, "hashes") == 0 && x.member(of, "name") == 0 {
		x.report(of, "S-6.7-01", "a file has hashes or a name")
	}
	x.checkEncoding(of, "name_enc", "S-6.7-04")
	x.checkMediaType(of, "mime_type", "S-6.7-05")
}

func (x *examination) checkPDF(of int32) {
	at := x.member(of, "document_info_dict")
	if x.kindOf(at) != '{' {
		return
	}
	for i := range x.children(at) {
		if x.nodes[i].kind != '"' {
			x.report(i, "S-6.7.4-01", "the values of document_info_dict are strings")
		} else if !format.PDFInfoKey(x.nameOf(i)) {
			x.warn(i, "S-6.7.4-01", "this should be a key of a PDF's document information, without the slash")
		}
	}
}

func (x *examination) checkRasterImage(of int32) {
	at := x.member(of, "exif_tags")
	if x.kindOf(at) != '{' {
		return
	}
	for i := range x.children(at) {
		if x.nodes[i].kind != '"' && !x.isInteger(i) {
			x.report(i, "S-6.7.5-01", "the values of exif_tags are integers or strings")
		}
	}
}

func (x *examination) checkPEBinary(of int32) {
	own := 0
	for i := range x.children(of) {
		if structures["windows-pebinary-ext"].properties[string(x.nameOf(i))] != nil {
			own++
		}
	}
	if own == 1 && x.member(of, "pe_type") != 0 {
		x.report(of, "S-6.7.6-01", "windows-pebinary-ext has at least one property besides pe_type")
	}
	if at, text, ok := x.stringOf(of, "time_date_stamp"); ok {
		if _, fraction, cut := bytes.Cut(text, []byte(".")); cut && len(bytes.Trim(fraction, "0Z")) > 0 {
			x.warn(at, "S-6.7.6-03", "time_date_stamp is precise to the second, so its fraction should be nothing or zeros")
		}
	}
}

// checkNetworkTraffic checks network traffic (§6.12).
func (x *examination) checkNetworkTraffic(of int32) {
	if x.member(of, "src_ref") == 0 && x.member(of, "dst_ref") == 0 {
		x.report(of, "S-6.12-01", "network-traffic has a src_ref or a dst_ref")
	}
	if x.member(of, "src_port") == 0 || x.member(of, "dst_port") == 0 {
		x.warn(of, "S-6.12-02", "network-traffic should have src_port and dst_port")
	}
	active := x.member(of, "is_active")
	switch end := x.member(of, "end"); {
	case end == 0:
	case active == 0:
		x.warn(end, "S-6.12-03", "with end, is_active is false; say so")
	case x.nodes[active].kind == 't':
		x.report(end, "S-6.12-03", "end is only for traffic that is not active")
	}
	if of != 0 {
		x.checkTrafficOrder(of)
	}
	if at := x.member(of, "protocols"); x.kindOf(at) == '[' {
		x.checkProtocols(of, at)
	}
	if at := x.member(of, "ipfix"); x.kindOf(at) == '{' {
		for i := range x.children(at) {
			switch {
			case x.nodes[i].kind != '"' && !x.isInteger(i):
				x.report(i, "S-6.12-10", "the values of ipfix are integers or strings")
			case !format.IPFIXElement(x.nameOf(i)):
				x.warn(i, "S-6.12-10", "this should be the name of an information element of IPFIX")
			}
		}
	}
}

// checkTrafficOrder compares start and end inside the container, where no table of slots helps.
func (x *examination) checkTrafficOrder(of int32) {
	_, start, okStart := x.stringOf(of, "start")
	at, end, okEnd := x.stringOf(of, "end")
	a, finerA, errA := parseTimestamp(start)
	b, finerB, errB := parseTimestamp(end)
	if okStart && okEnd && errA == nil && errB == nil && later(a, string(finerA), b, string(finerB)) {
		x.report(at, "S-6.12-04", "end must not be earlier than start")
	}
}

func (x *examination) checkProtocols(of, list int32) {
	listed := func(name string) bool {
		for i := range x.children(list) {
			if string(x.str(i)) == name {
				return true
			}
		}
		return false
	}
	for i := range x.children(list) {
		if x.nodes[i].kind == '"' && !format.ServiceName(x.str(i)) {
			x.warn(i, "S-6.12-08", "the name of a protocol should be one that IANA has registered, in lower case")
		}
	}
	extensions := x.member(of, "extensions")
	if x.kindOf(extensions) != '{' {
		return
	}
	for i := range x.children(extensions) {
		switch name := string(x.nameOf(i)); {
		case name == "http-request-ext" && !listed("http") && !listed("https"),
			name == "icmp-ext" && !listed("icmp") && !listed("icmp6"), name == "tcp-ext" && !listed("tcp"):
			x.warn(list, "S-6.12-08", "the protocol of an extension should be among the protocols")
		}
	}
}

func (x *examination) checkHTTPRequest(of int32) {
	for _, name := range [...]string{"request_method", "request_version"} {
		if at, text, ok := x.stringOf(of, name); ok && hasUpper(text) {
			x.warn(at, "S-6.12.2-01", "the method and version of a request should be in lower case")
		}
	}
	at := x.member(of, "request_header")
	x.checkHeaders(at, "S-6.12.2-02")
	if x.kindOf(at) != '{' {
		return
	}
	for i := range x.children(at) {
		if !format.HTTPHeader(x.nameOf(i)) {
			x.warn(i, "S-6.12.2-02", "this should be the name of a header of HTTP, in its usual case")
		}
	}
}

func (x *examination) checkSocket(of int32) {
	at := x.member(of, "options")
	if x.kindOf(at) != '{' {
		return
	}
	for i := range x.children(at) {
		if !x.isInteger(i) {
			x.report(i, "S-6.12.4-01", "the values of options are integers")
		} else if _, known := format.SocketOption(x.nameOf(i)); !known {
			x.warn(i, "S-6.12.4-01", "this should be the name of a socket option, as in SO_KEEPALIVE")
		}
	}
}

func (x *examination) checkProcess(of int32) {
	own := 0
	for i := range x.children(of) {
		if p := structures["process"].properties[string(x.nameOf(i))]; p != nil && (p.slot >= commonSlots || p.slot == slotExtensions) {
			own++
		}
	}
	if own == 0 {
		x.report(of, "S-6.13-01", "a process has at least one property of its own, or an extension")
	}
	at := x.member(of, "environment_variables")
	if x.kindOf(at) != '{' {
		return
	}
	for i := range x.children(at) {
		if x.nodes[i].kind != '"' {
			x.report(i, "S-6.13-02", "the values of environment_variables are strings")
		}
	}
}

func (x *examination) checkWindowsProcess(of int32) {
	if at, text, ok := x.stringOf(of, "priority"); ok && !bytes.HasSuffix(text, []byte("_CLASS")) {
		x.warn(at, "S-6.13.2-02", "priority should be the name of a priority class, ending in _CLASS")
	}
}

func (x *examination) checkSoftware(of int32) {
	x.checkForm(of, "cpe", "S-6.14-01", format.CPE23, `cpe is a name of CPE 2.3: "cpe:2.3:" and eleven parts joined by colons`)
	at := x.member(of, "languages")
	if x.kindOf(at) != '[' {
		return
	}
	for i := range x.children(at) {
		if x.nodes[i].kind != '"' {
			continue // reported already
		}
		switch formed, registered := format.LanguageTag(x.str(i)); {
		case !formed:
			x.reportUnless(observableValue, i, "S-6.14-02", languageMessage)
		case !registered:
			x.warn(i, "S-6.14-02", unregisteredMessage)
		}
	}
}

func (x *examination) checkRegistryKey(of int32) {
	if at, text, ok := x.stringOf(of, "key"); ok && format.AbbreviatedHive(text) {
		x.reportUnless(observableValue, at, "S-6.17-02", `the hive is written out, as in HKEY_LOCAL_MACHINE\…`)
	}
}

// kindOf is what a value is; 0 when it is absent.
func (x *examination) kindOf(at int32) byte {
	if at == 0 {
		return 0
	}
	return byte(x.nodes[at].kind)
}

func (x *examination) isInteger(at int32) bool {
	return x.nodes[at].kind == '0' && !bytes.ContainsAny(x.str(at), ".eE")
}
