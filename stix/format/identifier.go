package format

import "bytes"

// CVE reports whether s is a CVE identifier: "CVE-", four digits of the year, "-" and four digits
// or more (STIX 2.1 section 4.19, by the rules of the CVE program).
func CVE(s []byte) bool {
	const year = len("CVE-2014")
	rest, found := bytes.CutPrefix(s, []byte("CVE-"))
	return found && len(s) > year && s[year] == '-' && all(rest[:4], digit) &&
		len(rest) >= len("2014-0160") && all(rest[5:], digit)
}

// CAPEC reports whether s is a CAPEC identifier, "CAPEC-" and a number (STIX 2.1 section 4.1).
func CAPEC(s []byte) bool {
	number, found := bytes.CutPrefix(s, []byte("CAPEC-"))
	return found && some(number, digit)
}

// AbbreviatedHive reports whether a registry key begins with the short name of a hive, which STIX
// wants written in full (STIX 2.1 section 6.17), in any letter case and with or without the colon
// of a PowerShell drive. Other beginnings, unknown hives among them, are not abbreviations.
func AbbreviatedHive(key []byte) bool {
	hive, _, _ := bytes.Cut(key, []byte(`\`))
	hive = bytes.TrimSuffix(hive, []byte(":"))
	for _, short := range [...]string{"HKLM", "HKCU", "HKCR", "HKU", "HKCC", "HKPD", "HKDD"} {
		if bytes.EqualFold(hive, []byte(short)) {
			return true
		}
	}
	return false
}

// Token reports whether s is written as values of open vocabularies are (STIX 2.1 section 2.14):
// lower-case letters and digits, words joined by single hyphens.
func Token(s []byte) bool {
	after := byte('-')
	for _, c := range s {
		if classes[c]&lowerAlnum == 0 && (c != '-' || after == '-') {
			return false
		}
		after = c
	}
	return after != '-'
}

// PDFInfoKey reports whether s is an entry of a PDF's document information dictionary, without the
// slash (ISO 32000-1 section 14.3.3; STIX 2.1 section 6.7.4). Letter case counts.
func PDFInfoKey(s []byte) bool {
	switch string(s) {
	case "Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate", "Trapped":
		return true
	}
	return false
}
