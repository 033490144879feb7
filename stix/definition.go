package stix

import (
	"bytes"
	"strings"
)

const (
	tlp2Extension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
	openCTIStrict = "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"
)

// fixedTLP are the markings that alone stand for TLP levels: STIX 2.1 §7.2.1.4, the TLP 2.0
// extension, and what OpenCTI has always used for AMBER+STRICT.
var fixedTLP = map[ID]struct {
	level string
	tlp2  bool
}{
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": {"clear", false},
	"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": {"green", false},
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": {"amber", false},
	"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": {"red", false},
	openCTIStrict: {"amber+strict", false},
	"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": {"clear", true},
	"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": {"green", true},
	"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": {"amber", true},
	"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": {"amber+strict", true},
	"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": {"red", true},
}

// TLP is the level that a marking id stands for, in the words of TLP 2.0: clear, green, amber,
// amber+strict or red; TLP 1's white is clear. Levels go by id alone.
func TLP(marking ID) (level string, ok bool) {
	f, ok := fixedTLP[marking]
	return f.level, ok
}

// checkMarkingDefinition checks and takes what a marking-definition defines (§7.2.1).
func (x *examination) checkMarkingDefinition() {
	if x.typ.name != "marking-definition" {
		return
	}
	m := &Marking{}
	x.object.Marking = m
	kind := x.property("definition_type")
	if x.slots[slotExtensions] == 0 && (kind == 0 || x.property("definition") == 0) {
		x.report(0, "S-7.2-03", "a marking-definition has definition_type and definition, or extensions")
	}
	if kind != 0 {
		m.DefinitionType = string(x.str(kind))
	}
	switch m.DefinitionType {
	case "statement":
		x.checkStatement()
	case "tlp":
		x.checkTLP(m)
	default:
		if at := x.property("definition"); x.kindOf(at) == '{' && x.empty(at) {
			x.report(at, "S-2.3-05", "a dictionary has at least one key; say there what the marking means")
		}
		if kind != 0 {
			x.warn(kind, "S-7.2-04", "definition_type should be statement or tlp; other kinds of markings are extensions")
		}
	}
	x.checkMarkingExtensions(m)
	x.checkFixed(m)
}

func (x *examination) checkStatement() {
	at := x.property("definition")
	if at == 0 || x.nodes[at].kind != '{' {
		return
	}
	if s := x.member(at, "statement"); s == 0 || x.nodes[s].kind != '"' {
		x.report(max(at, s), "S-7.2-05", "the definition of a statement marking has a statement, a string")
	}
	for i := range x.children(at) {
		if string(x.nameOf(i)) != "statement" {
			x.warn(i, "S-11.1-01", "a custom property; it should be brought by an extension")
		}
	}
}

func (x *examination) checkTLP(m *Marking) {
	at := x.property("definition")
	if at == 0 || x.nodes[at].kind != '{' {
		return
	}
	tlp := x.member(at, "tlp")
	if tlp == 0 || x.nodes[tlp].kind != '"' {
		x.report(max(at, tlp), "S-7.2-07", "the definition of a TLP marking has tlp: white, green, amber or red")
		return
	}
	m.TLP = string(x.str(tlp))
	_, fixed := fixedTLP[ID(x.ownID())]
	switch m.TLP {
	case "white", "green", "amber", "red":
	case "clear", "amber+strict":
		if fixed { // else the report below says more
			x.reportUnless(tlpDefinition, tlp, "S-7.2-07", "the words of TLP 1 are white, green, amber and red")
		}
	default:
		x.report(tlp, "S-7.2-07", "tlp is white, green, amber or red")
	}
	if !fixed {
		x.report(x.slots[slotID], "S-7.2-08", "only the four fixed objects of STIX stand for TLP levels, and this is none of them")
	}
}

// checkMarkingExtensions takes all keys of extensions, whatever they look like, so that nobody
// overlooks one that might change what the marking means.
func (x *examination) checkMarkingExtensions(m *Marking) {
	at := x.slots[slotExtensions]
	if at == 0 || x.nodes[at].kind != '{' {
		return
	}
	for e := range x.children(at) {
		key := ID(x.nameOf(e))
		m.Extensions = append(m.Extensions, key)
		if key != tlp2Extension {
			continue
		}
		level := x.member(e, "tlp_2_0")
		if level == 0 || x.nodes[level].kind != '"' {
			x.report(max(e, level), "S-TLP2-01", "the TLP 2.0 extension has tlp_2_0: clear, green, amber, amber+strict or red")
			continue
		}
		m.TLP = string(x.str(level))
		switch m.TLP {
		case "clear", "green", "amber", "amber+strict", "red":
		default:
			x.report(level, "S-TLP2-01", "tlp_2_0 is clear, green, amber, amber+strict or red")
		}
		if f := fixedTLP[ID(x.ownID())]; !f.tlp2 {
			x.report(x.slots[slotID], "S-TLP2-02", "only the five fixed objects of the extension stand for TLP 2.0 levels, and this is none of them")
		}
	}
}

// checkFixed guards the ids that stand for TLP levels. A body that states another level, or adds
// an extension to a TLP 2.0 marking, contradicts its id and is rejected. One that states the
// id's level but differs from the published object elsewhere does no harm. One of another kind
// altogether is STIX, but Redefines tells that it must not be served under this id.
func (x *examination) checkFixed(m *Marking) {
	own := ID(x.ownID())
	fixed, ok := fixedTLP[own]
	if !ok {
		return
	}
	row := "S-7.2-08"
	if fixed.tlp2 {
		row = "S-TLP2-02"
	}
	stated := x.statedLevels(m)
	for _, level := range stated {
		if level != fixed.level {
			m.Redefines = true
			x.report(0, row, "the id stands for TLP "+fixed.level+" everywhere, but this says "+shorten([]byte(level)))
			break
		}
	}
	switch {
	case m.Redefines:
	case fixed.tlp2 && (len(stated) == 0 || len(m.Extensions) > 1):
		m.Redefines = true
		x.report(0, "S-TLP2-02", "the id stands for TLP "+fixed.level+" everywhere; its definition has the TLP 2.0 extension and no other")
	case len(m.Extensions) > 0 && !fixed.tlp2, len(stated) == 0 && own != openCTIStrict:
		m.Redefines = true
		x.warn(0, "S-7.2-08", "the id stands for TLP "+fixed.level+" everywhere, but this defines something else")
	default:
		x.checkPublished(m)
	}
}

// statedLevels are the levels that a body states, however it spells them.
func (x *examination) statedLevels(m *Marking) (levels []string) {
	add := func(s string) {
		s = strings.TrimPrefix(strings.ToLower(s), "tlp:")
		if s == "white" {
			s = "clear"
		}
		levels = append(levels, s)
	}
	if m.TLP != "" {
		add(m.TLP)
	}
	if at := x.property("definition"); at != 0 && x.nodes[at].kind == '{' {
		for i := range x.children(at) {
			if x.nodes[i].kind == '"' && bytes.EqualFold(x.nameOf(i), []byte("tlp")) {
				add(string(x.str(i)))
			}
		}
	}
	return levels
}

// published reports whether the object is one of the TLP markings, whose creator is the standard.
func (x *examination) published() bool {
	_, ok := fixedTLP[ID(x.ownID())]
	return ok
}

// checkPublished compares with the published object, of which there must be no other form. It
// comes after checkFixed, so the level is right.
func (x *examination) checkPublished(m *Marking) {
	own := ID(x.ownID())
	fixed := fixedTLP[own]
	if own == openCTIStrict {
		x.reportUnless(tlpDefinition, 0, "S-7.2-08", "nobody published this definition; TLP:AMBER+STRICT is marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003")
		return
	}
	row, created, name := "S-7.2-08", "2017-01-20T00:00:00.000Z", "TLP:"+strings.ToUpper(fixed.level)
	switch {
	case fixed.tlp2:
		row, created = "S-TLP2-02", "2022-10-01T00:00:00.000Z"
	case fixed.level == "clear":
		name = "TLP:WHITE"
	}
	if x.property("name") == 0 && x.object.SpecVersion != "2.0" {
		x.warn(0, row, "the published definition has the name "+name)
	}
	for i := range x.children(0) {
		wanted := true
		switch string(x.nameOf(i)) {
		case "type", "id", "spec_version":
		case "created":
			wanted = string(x.str(i)) == created
		case "name":
			wanted = string(x.str(i)) == name
		case "definition_type":
			wanted = !fixed.tlp2 && m.DefinitionType == "tlp"
		case "definition":
			wanted = !fixed.tlp2 && x.count(i) == 1
		case "extensions":
			wanted = fixed.tlp2
		default:
			wanted = false
		}
		if !wanted {
			x.reportUnless(tlpDefinition, i, row, "the published definition, created "+created+" as "+name+", is the only one, and has this otherwise or not at all")
		}
	}
}
