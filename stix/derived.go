package stix

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofrs/uuid/v5"
)

// namespace is where the identifiers of cyber-observables are derived (§2.9).
var namespace = uuid.Must(uuid.FromString("00abedb4-aa42-466c-9c01-fed23315a9b7"))

// contributing are the properties that an observable's identifier is derived from (§6, "ID
// Contributing Properties"). A process has none.
var contributing = map[string][]string{
	"artifact":             {"hashes", "payload_bin"},
	"autonomous-system":    {"number"},
	"directory":            {"path"},
	"domain-name":          {"value"},
	"email-addr":           {"value"},
	"email-message":        {"from_ref", "subject", "body"},
	"file":                 {"hashes", "name", "extensions", "parent_directory_ref"},
	"ipv4-addr":            {"value"},
	"ipv6-addr":            {"value"},
	"mac-addr":             {"value"},
	"mutex":                {"name"},
	"network-traffic":      {"start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"},
	"process":              {},
	"software":             {"name", "cpe", "swid", "vendor", "version"},
	"url":                  {"value"},
	"user-account":         {"account_type", "user_id", "account_login"},
	"windows-registry-key": {"key", "values"},
	"x509-certificate":     {"hashes", "serial_number"},
}

// preferredHashes are in the order of which one alone contributes. The text is silent on other
// algorithms: the first in the order of their names does then.
var preferredHashes = [...]string{"MD5", "SHA-1", "SHA-256", "SHA-512"}

// DeterministicID is the identifier that STIX 2.1 §2.9 derives from a cyber-observable's
// contributing properties; ok is false where there are none, by its type or in this object, and
// the identifier is a random UUID. What is no object of JSON is an error.
func DeterministicID(raw []byte) (id ID, ok bool, err error) {
	var x examination
	if f := x.parse(raw); f != nil {
		return "", false, fmt.Errorf("derive an identifier: %s (%s)", f.message, f.code)
	}
	if x.checkType(); x.typ == nil {
		return "", false, fmt.Errorf("derive an identifier: %s", x.remarks[0].Message)
	}
	id, ok = x.derivedID()
	return id, ok, nil
}

func (x *examination) derivedID() (ID, bool) {
	name := []byte{'{'}
	for _, property := range contributing[x.typ.name] {
		at := x.member(0, property)
		if at == 0 {
			continue
		}
		if len(name) > 1 {
			name = append(name, ',')
		}
		name = append(append(append(name, '"'), property...), `":`...)
		if property == "hashes" && x.kindOf(at) == '{' {
			name = x.appendOneHash(name, at)
		} else {
			name = append(name, x.rawOf(at)...)
		}
	}
	if len(name) == 1 {
		return "", false
	}
	v := jsontext.Value(append(name, '}'))
	if err := v.Canonicalize(); err != nil {
		return "", false // what was parsed has its form; only a number's may be beyond it
	}
	return ID(x.typ.name + "--" + uuid.NewV5(namespace, string(v)).String()), true
}

func (x *examination) appendOneHash(dst []byte, hashes int32) []byte {
	chosen := int32(0)
	for _, algorithm := range preferredHashes {
		if chosen = x.member(hashes, algorithm); chosen != 0 {
			break
		}
	}
	if chosen == 0 {
		for i := range x.children(hashes) {
			if chosen == 0 || slices.Compare(x.nameOf(i), x.nameOf(chosen)) < 0 {
				chosen = i
			}
		}
	}
	if chosen == 0 {
		return append(dst, "{}"...)
	}
	dst = append(append(append(dst, `{"`...), x.nameOf(chosen)...), `":`...)
	return append(append(dst, x.rawOf(chosen)...), '}')
}

// checkDerivedID checks what kind of UUID the identifier has (§2.9).
func (x *examination) checkDerivedID() {
	at, id := x.slots[slotID], x.ownID()
	if len(id) < 36 {
		return // reported already
	}
	version := id[len(id)-22]
	if x.typ.class != classSCO {
		if version != '4' {
			x.warn(at, "S-2.9-04", "the identifier should have a random UUID, of version 4")
		}
		return
	}
	if _, known := contributing[x.typ.name]; !known {
		return
	}
	derived, ok := ID(""), x.contributes()
	if !ok && x.lacksContributing() {
		return // reported already
	}
	if ok && version == '5' {
		derived, ok = x.derivedID()
	}
	switch {
	case !ok && version != '4' && x.typ.name == "process":
		x.reportUnless(uuidVariant, at, "S-6.13-04", "nothing of a process contributes to its identifier, so its UUID is random, of version 4")
	case !ok && version != '4':
		x.reportUnless(uuidVariant, at, "S-2.9-08", "nothing here contributes to the identifier, so its UUID is random, of version 4")
	case !ok && len(contributing[x.typ.name]) > 0:
		x.warn(0, "S-3.4-01", "none of the properties that identify an object of this type is there, so everybody will give it another identifier")
	case ok && version != '5':
		x.warn(at, "S-2.9-06", "the identifier should be derived from the contributing properties, of version 5")
	case ok && string(derived) != string(id):
		x.warn(at, "S-2.9-07", "the identifier should be "+string(derived)+", which the contributing properties give")
	case ok && x.present&(1<<slotCreatedBy|1<<slotCreated|1<<slotModified|1<<slotRevoked) != 0:
		x.reportUnless(observableVersion, at, "S-3.6-14", "an observable with versions has an identifier that is not derived from its content")
	}
}

// lacksContributing reports whether a contributing property is missing that the type requires.
func (x *examination) lacksContributing() bool {
	return slices.ContainsFunc(x.typ.own, func(p property) bool {
		return p.required && slices.Contains(contributing[x.typ.name], p.name)
	})
}

// contributes reports whether any contributing property is there.
func (x *examination) contributes() bool {
	for _, property := range contributing[x.typ.name] {
		if x.member(0, property) != 0 {
			return true
		}
	}
	return false
}
