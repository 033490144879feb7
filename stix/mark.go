package stix

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

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

// SetModified makes the bytes of another version of an object: the same with another `modified`, to
// the millisecond. It errs where the object has no such property.
func SetModified(raw []byte, at time.Time) ([]byte, error) {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		is := name.String() == "modified"
		value, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		if is {
			end := int(d.InputOffset())
			text := at.UTC().Format(`"2006-01-02T15:04:05.000Z"`)
			return slices.Concat(raw[:end-len(value)], []byte(text), raw[end:]), nil
		}
	}
	return nil, errors.New("it has no `modified`")
}
