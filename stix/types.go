package stix

//go:generate go run gen.go -o types_gen.go

// class is what kind of object a type is; it decides which common properties apply (STIX 2.1 §3.2).
type class uint8

const (
	classSDO class = iota
	classSRO
	classSCO
	classMeta
)

// objectType is what a type requires. The table objectTypes is generated; the rules that need
// more than a table stand in code.
type objectType struct {
	name     string
	class    class
	row      string   // the requirement that lists the type's properties
	common   []string // required common properties
	required []string // required own properties

	in20       bool     // STIX 2.0 has this type too
	required20 []string // what STIX 2.0 requires besides type, id, created and modified
	since21    []string // properties that STIX 2.1 added
}

// Types that STIX 2.1 does not define: of an extension (§7.3) or custom (§11.2). Their own
// properties are not ours to know.
var (
	customObject = &objectType{class: classSDO, row: "S-11.2-01", in20: true,
		common: []string{"created", "id", "modified", "spec_version", "type"}}
	customObservable = &objectType{class: classSCO, row: "S-11.2-01", common: []string{"id", "type"}}
	extensionObject  = &objectType{class: classSDO, row: "S-7.3-10",
		common: []string{"created", "id", "modified", "spec_version", "type"}}
	extensionObservable = &objectType{class: classSCO, row: "S-7.3-10", common: []string{"id", "type"}}
)

// freeKeys are the dictionaries whose keys the producer chooses: a key there that ends in _ref
// is no property name, and its value need not be an identifier.
var freeKeys = map[string]struct{}{
	"additional_header_fields": {}, "contents": {}, "definition": {}, "document_info_dict": {},
	"environment_variables": {}, "exif_tags": {}, "hashes": {}, "ipfix": {}, "objects": {},
	"options": {}, "request_header": {}, "startup_info": {},
}
