package ledger

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"entente/stix"
)

// version is that of the encodings of records and openings.
const version = 1

// timeFormat has always six digits: one instant, one text.
const timeFormat = "2006-01-02T15:04:05.000000Z"

// appendTo writes the record's one encoding: JSON in RFC 8785 form, without the fields that are
// empty. It expects what Check and checkPlace accept.
func (r *Record) appendTo(b []byte) []byte {
	b = append(b, '{')
	b = appendText(b, "actor", r.Actor)
	b = appendSeq(b, "audience", r.Audience)
	b = appendText(b, "detail", r.Detail)
	b = appendDigest(b, "hash", r.Hash)
	b = appendText(b, "kind", kinds[r.Kind].name)
	b = appendDigest(b, "leaf", r.Leaf)
	b = appendText(b, "member", r.Member)
	b = appendText(b, "object", string(r.Object))
	b = appendDigest(b, "revision", r.Revision)
	b = appendDigest(b, "root", r.Root)
	b = appendSeq(b, "seq", r.Seq)
	b = appendSeq(b, "target", r.Target)
	b = appendTime(b, "time", r.Time)
	b = appendTime(b, "upto", r.Upto)
	b = append(b, `"v":`...)
	b = strconv.AppendInt(b, version, 10)
	b = appendText(append(b, ','), "version", r.Version)
	b[len(b)-1] = '}' // in the place of the last comma
	return b
}

// wire is a record as JSON; appendTo is its other half.
type wire struct {
	Actor    string `json:"actor"`
	Audience int64  `json:"audience"`
	Detail   string `json:"detail"`
	Hash     string `json:"hash"`
	Kind     string `json:"kind"`
	Leaf     string `json:"leaf"`
	Member   string `json:"member"`
	Object   string `json:"object"`
	Revision string `json:"revision"`
	Root     string `json:"root"`
	Seq      int64  `json:"seq"`
	Target   int64  `json:"target"`
	Time     string `json:"time"`
	Upto     string `json:"upto"`
	V        int    `json:"v"`
	Version  string `json:"version"`
}

var errNotCanonical = errors.New("not as this program writes it: RFC 8785 form, lower-case hexadecimal digits, times with six digits and Z, no empty fields")

// ParseRecord reads a record's encoding and takes no other one of the same record.
func ParseRecord(encoding []byte) (Record, error) {
	var w wire
	if err := parseStrict(encoding, &w, &w.V); err != nil {
		return Record{}, fmt.Errorf("record: %w", err)
	}
	kind, ok := ParseKind(w.Kind)
	if !ok {
		return Record{}, fmt.Errorf("record of kind %q: known are those from admission to purge", w.Kind)
	}
	r := Record{
		Seq: w.Seq, Kind: kind, Actor: w.Actor, Object: stix.ID(w.Object), Version: w.Version,
		Audience: w.Audience, Member: w.Member, Target: w.Target, Detail: w.Detail,
	}
	// What does not parse stays empty, and then is missing, or differs from what is written of it.
	r.Time, _ = time.Parse(timeFormat, w.Time)
	r.Upto, _ = time.Parse(timeFormat, w.Upto)
	parseDigest(&r.Hash, w.Hash)
	parseDigest((*[32]byte)(&r.Leaf), w.Leaf)
	parseDigest(&r.Revision, w.Revision)
	parseDigest((*[32]byte)(&r.Root), w.Root)
	if err := errors.Join(r.Check(), r.checkPlace()); err != nil {
		return Record{}, err
	}
	if !bytes.Equal(r.appendTo(nil), encoding) {
		return Record{}, fmt.Errorf("record: %w", errNotCanonical)
	}
	return r, nil
}

// parseStrict reads JSON without fields that the type does not have; v is the type's field of
// that name. What a later version of this program wrote is called that, whatever else is new in it.
func parseStrict(text []byte, into any, v *int) error {
	err := json.Unmarshal(text, into, json.RejectUnknownMembers(true))
	if err != nil {
		var versioned struct {
			V int `json:"v"`
		}
		if json.Unmarshal(text, &versioned) != nil {
			return err
		}
		*v = versioned.V
	}
	if *v != version {
		return fmt.Errorf("format version %d: this program reads version %d", *v, version)
	}
	return err
}

func appendText(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	b = appendName(b, name)
	b, _ = jsontext.AppendQuote(b, text) // it errs on what is not UTF-8, which Check refuses
	return append(b, ',')
}

func appendSeq(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return append(strconv.AppendInt(appendName(b, name), n, 10), ',')
}

func appendDigest(b []byte, name string, d [32]byte) []byte {
	if d == [32]byte{} {
		return b
	}
	b = append(appendName(b, name), '"')
	return append(hex.AppendEncode(b, d[:]), '"', ',')
}

func appendTime(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	b = append(appendName(b, name), '"')
	return append(t.UTC().AppendFormat(b, timeFormat), '"', ',')
}

func appendName(b []byte, name string) []byte {
	b = append(b, '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

// parseDigest reads 64 lower-case hexadecimal digits; ok is false, and d zero, for anything else.
func parseDigest(d *[32]byte, s string) (ok bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(d) || hex.EncodeToString(b) != s {
		return false
	}
	copy(d[:], b)
	return true
}
