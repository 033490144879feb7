package stix

import "entente/stix/format"

// checkLanguageContent checks the contents of a language-content (§7.1): languages, and what they
// say of properties. Whether that fits the object they translate is a question for [Reader.CheckTogether].
func (x *examination) checkLanguageContent(int32) {
	at := x.property("contents")
	if at == 0 || x.nodes[at].kind != '{' {
		return
	}
	if x.empty(at) {
		x.report(at, "S-2.3-05", "contents has at least one language")
		return
	}
	for i := range x.children(at) {
		x.checkContentsOf(i)
	}
}

func (x *examination) checkContentsOf(language int32) {
	switch formed, registered := format.LanguageTag(x.nameOf(language)); {
	case !formed:
		x.report(language, "S-7.1-04", "the key is no language; "+languageMessage)
	case !registered:
		x.warn(language, "S-7.1-04", unregisteredMessage)
	}
	switch {
	case x.nodes[language].kind != '{':
		x.report(language, "S-7.1-05", "the contents of a language are a dictionary from properties to their translations")
		return
	case x.empty(language):
		x.report(language, "S-2.3-05", "a dictionary has at least one key; leave the language out instead")
		return
	}
	for i := range x.children(language) {
		x.checkName(i, x.nameOf(i), "S-3.1-01")
	}
}
