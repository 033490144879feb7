package stix

import (
	"maps"
	"slices"
	"strings"
)

//go:generate go run gen.go -o types_gen.go

// class is what kind of object a type is; it decides which common properties apply (STIX 2.1 §3.2).
type class uint8

const (
	classValue class = iota // no object, but a value inside of objects
	classSDO
	classSRO
	classSCO
	classMeta
)

// kind is what a property's value is (STIX 2.1 §2).
type kind uint8

const (
	kindString kind = iota
	kindInteger
	kindFloat
	kindBoolean
	kindTimestamp
	kindIdentifier
	kindHex
	kindBinary
	kindHashes
	kindDictionary
	kindStructure
	kindReserved // never to be used
)

// definition is a type as the generated table has it from the text of the standard.
type definition struct {
	name, row          string // row is the requirement that lists the type's properties
	class              class
	required, optional []string // of the common properties; the others do not apply to the type
	own                []property

	in20       bool     // STIX 2.0 has this type too
	required20 []string // what STIX 2.0 requires besides type, id, created and modified
	since21    []string // properties that STIX 2.1 added
}

// property is one line of a definition, and what rules.go adds to it.
type property struct {
	name           string
	kind           kind
	of             string // the definition of a structure
	list, required bool
	vocabulary     string

	slot      uint8
	structure *structure
	values    *vocabulary
	valuesRow string // of a value that is not in the vocabulary
	targets   *targets
	bounds    *bounds
	apart     bool  // of a dictionary: its keys are not checked like others
	take      taker // of what it says besides its references, if anything
}

// structure is a definition made ready for reading.
type structure struct {
	*definition
	properties map[string]*property // common properties that do not apply are in it too
	names      [maxSlots]string     // of the properties, by slot
	required   uint64               // bits of slots
	required20 uint64
	applies    uint64
	orders     []order
	some       string // the row that wants at least one property of its own
}

type vocabulary struct {
	name   string
	closed bool
	values map[string]struct{}
}

// wanted says what the values of a closed vocabulary are.
func (v *vocabulary) wanted() string {
	return "the value must be one of " + strings.Join(slices.Sorted(maps.Keys(v.values)), ", ")
}

type relationship struct{ source, kind, target string }

// Slots of the common properties; a type's own come after them.
const (
	slotType = iota
	slotID
	slotSpecVersion
	slotCreatedBy
	slotCreated
	slotModified
	slotRevoked
	slotLabels
	slotConfidence
	slotLang
	slotExternalReferences
	slotObjectMarkings
	slotGranularMarkings
	slotDefanged
	slotExtensions
	commonSlots

	maxSlots = 64 // bits of a set of properties; no type comes near
)

var commonProperties = [commonSlots]property{
	slotType:               {name: "type"},
	slotID:                 {name: "id"},
	slotSpecVersion:        {name: "spec_version"},
	slotCreatedBy:          {name: "created_by_ref"},
	slotCreated:            {name: "created"},
	slotModified:           {name: "modified"},
	slotRevoked:            {name: "revoked"},
	slotLabels:             {name: "labels"},
	slotConfidence:         {name: "confidence"},
	slotLang:               {name: "lang"},
	slotExternalReferences: {name: "external_references", kind: kindStructure, of: "external-reference", list: true},
	slotObjectMarkings:     {name: "object_marking_refs"},
	slotGranularMarkings:   {name: "granular_markings"},
	slotDefanged:           {name: "defanged"},
	slotExtensions:         {name: "extensions"},
}

// Types that STIX 2.1 does not define: of an extension (§7.3) or custom (§11.2). Their own
// properties are not ours to know.
var (
	customObject        = openType("S-11.2-01", classSDO, "sighting")
	customObservable    = openType("S-11.2-01", classSCO, "file")
	extensionObject     = openType("S-7.3-10", classSDO, "sighting")
	extensionObservable = openType("S-7.3-10", classSCO, "file")
)

// openType is a structure with the common properties of another type and nothing else.
func openType(row string, c class, like string) *structure {
	d := *structures[like].definition
	s := build(&definition{
		row: row, class: c, required: d.required, optional: d.optional,
		in20: row == "S-11.2-01" && c == classSDO,
	})
	join(s, structures)
	return s
}

// structures are all definitions, by name.
var structures = func() map[string]*structure {
	all := make(map[string]*structure, len(definitions))
	for i := range definitions {
		all[definitions[i].name] = build(&definitions[i])
	}
	for _, s := range all {
		join(s, all)
	}
	return all
}()

// join gives the properties of a structure theirs.
func join(s *structure, all map[string]*structure) {
	for _, p := range s.properties {
		p.structure = all[p.of]
	}
}

func build(d *definition) *structure {
	s := &structure{definition: d, properties: make(map[string]*property, int(commonSlots)+len(d.own))}
	slot := uint8(0)
	if d.class != classValue {
		for i := range commonProperties {
			p := commonProperties[i]
			p.slot = uint8(i)
			s.properties[p.name] = &p
		}
		slot = commonSlots
	}
	for _, p := range d.own {
		p.slot = slot
		slot++
		if v, ok := vocabularies[p.vocabulary]; ok {
			p.values = &v
		}
		s.properties[p.name] = &p
		s.applies |= 1 << p.slot
		if p.required {
			s.required |= 1 << p.slot
		}
	}
	for _, name := range d.required {
		s.required |= 1 << s.properties[name].slot
	}
	for _, name := range d.optional {
		s.applies |= 1 << s.properties[name].slot
	}
	s.applies |= s.required
	for _, name := range d.required20 {
		s.required20 |= 1 << s.properties[name].slot
	}
	s.required20 |= s.required & (1<<slotType | 1<<slotID | 1<<slotCreated | 1<<slotModified)
	for _, p := range s.properties {
		s.names[p.slot], p.take = p.name, takers[p.name]
	}
	lay(s)
	return s
}

// freeKeys are the dictionaries whose keys the producer chooses: a key there that ends in _ref
// is no property name, and its value need not be an identifier.
var freeKeys = map[string]struct{}{
	"additional_header_fields": {}, "contents": {}, "definition": {}, "document_info_dict": {},
	"environment_variables": {}, "exif_tags": {}, "hashes": {}, "ipfix": {}, "objects": {},
	"options": {}, "request_header": {}, "startup_info": {},
}

// IsDomainType reports whether objects of a type are domain objects; one that STIX does not define
// counts as that.
func IsDomainType(typ string) bool {
	s, known := structures[typ]
	return !known || s.class == classSDO
}

// IsObservableType reports whether objects of a type are cyber-observables.
func IsObservableType(typ string) bool {
	s, known := structures[typ]
	return known && s.class == classSCO
}
