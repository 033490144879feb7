package stix

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// AddMarking is the object's bytes with one more marking in object_marking_refs, everything else
// as it was. It is for objects that nobody else has seen: changed bytes under the same version
// are another object's.
func AddMarking(o *Object, marking ID) ([]byte, error) {
	at, inList, err := markingPosition(o.Raw)
	if err != nil {
		return nil, fmt.Errorf("mark %s: %w", o.ID, err)
	}
	text := fmt.Sprintf(`,"object_marking_refs":[%q]`, marking)
	if inList {
		text = fmt.Sprintf(`%q,`, marking)
	}
	return slices.Concat(o.Raw[:at], []byte(text), o.Raw[at:]), nil
}

// markingPosition is the offset just inside the list of object_marking_refs or, where there is
// none, just before the object's closing brace.
func markingPosition(raw []byte) (at int, inList bool, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		return 0, false, err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return 0, false, err
		}
		if name.String() != "object_marking_refs" {
			if err := d.SkipValue(); err != nil {
				return 0, false, err
			}
			continue
		}
		if _, err := d.ReadToken(); err != nil {
			return 0, false, err
		}
		return int(d.InputOffset()), true, nil
	}
	return bytes.LastIndexByte(raw, '}'), false, nil
}
