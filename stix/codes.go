package stix

// Codes of what is wrong before STIX has a say, where no requirement row fits. The others have
// one: duplicate keys are S-2.3-08, ill-formed Unicode S-2.15-01, integers out of range
// S-2.10-01, numbers that are not finite S-2.6-01, and case variants of STIX's own property
// names S-3.1-07.
const (
	codeSyntax    = "J-syntax"    // not JSON (RFC 8259)
	codeTrailing  = "J-trailing"  // something follows the object
	codeObject    = "J-object"    // JSON, but not an object
	codeDepth     = "J-depth"     // nested deeper than maxDepth
	codeKeys      = "J-keys"      // more than maxKeys in one JSON object
	codeValues    = "J-values"    // more than maxValues in one object
	codeNUL       = "J-nul"       // U+0000 in a string or a key
	codeCase      = "J-case"      // two keys of one JSON object that differ only in case
	codeSize      = "J-size"      // more than maxBytes
	codeSelectors = "J-selectors" // granular markings that need more than selectorSteps to resolve
)

// Limits of one object. Real data stays far below.
const (
	maxBytes      = 1 << 30 // offsets, also into what escapes become, have 32 bits
	maxDepth      = 64
	maxKeys       = 10_000
	maxValues     = 500_000
	maxFindings   = 50
	maxPointer    = 1024 // bytes of a finding's pointer; beyond, it names an enclosing value
	maxShown      = 60   // runes of an offending value
	selectorSteps = 4_000_000
)
