package ledger

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/tlog"
)

// exportFormat names the form of an exported ledger and its version: JSON, one value a line. After
// the line of the format come the signed heads, then every entry with the hashes that were stored
// with it. Records and openings stand in it as they were hashed.
const exportFormat = "entente-ledger/1"

// maxLine bounds a line, in bytes: an audience of the most members with the longest ids fits.
const maxLine = 64 << 20

// exportLine is a line of an exported ledger; which fields it has makes it what it is.
type exportLine struct {
	Format string `json:"format,omitzero"`

	Head string `json:"head,omitzero"`

	Seq        int64          `json:"seq,omitzero"`
	Salt       string         `json:"salt,omitzero"`
	Record     jsontext.Value `json:"record,omitzero"`
	Opening    jsontext.Value `json:"opening,omitzero"`
	RawRecord  []byte         `json:"raw_record,omitzero"` // base64 of what is no record, but was stored as one
	RawOpening []byte         `json:"raw_opening,omitzero"`
	PurgedBy   int64          `json:"purged_by,omitzero"`
	Leaf       string         `json:"leaf,omitzero"`
	Hashes     []string       `json:"hashes,omitzero"` // with an entry, those of its place; alone, those of no entry
}

// Export writes a stored ledger, damaged or not, so that what [ReadExport] reads verifies as the
// stored one does. Witnessed heads are not written: they are others'.
func Export(w io.Writer, a Archive) error {
	out := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintf(out, "{\"format\":%q}\n", exportFormat)
	for signed, err := range a.Heads {
		if err != nil {
			return err
		}
		line, err := json.Marshal(exportLine{Head: string(signed)})
		if err != nil {
			return fmt.Errorf("export a head: %w", err)
		}
		out.Write(append(line, '\n'))
	}
	next, stop := iter.Pull2(a.Hashes)
	defer stop()
	var line []byte
	for e, err := range a.Entries {
		if err != nil {
			return err
		}
		line = e.appendExport(line[:0])
		if line, err = appendHashes(append(line, ','), next, hashesOf(e.Seq)); err != nil {
			return err
		}
		if _, err := out.Write(append(line, '}', '\n')); err != nil {
			return err
		}
	}
	rest, err := appendHashes([]byte{'{'}, next, -1)
	if err != nil {
		return err
	}
	if string(rest) != `{"hashes":[]` {
		out.Write(append(rest, '}', '\n'))
	}
	return out.Flush()
}

// hashesOf is how many hashes are stored with an entry.
func hashesOf(seq int64) int {
	if seq < 1 || seq > maxSeq {
		return 0
	}
	return int(tlog.StoredHashCount(seq) - tlog.StoredHashCount(seq-1))
}

// appendHashes writes the next n hashes, or fewer where there are no more; all for -1.
func appendHashes(b []byte, next func() (tlog.Hash, error, bool), n int) ([]byte, error) {
	b = append(b, `"hashes":[`...)
	for i := 0; i != n; i++ {
		h, err, more := next()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(hex.AppendEncode(append(b, '"'), h[:]), '"')
	}
	return append(b, ']'), nil
}

// appendExport writes the entry up to its hashes.
func (e *Entry) appendExport(b []byte) []byte {
	b = append(b, `{"seq":`...)
	b = strconv.AppendInt(b, e.Seq, 10)
	if e.PurgedBy != 0 {
		b = append(b, `,"purged_by":`...)
		b = strconv.AppendInt(b, e.PurgedBy, 10)
	}
	if e.Leaf != (tlog.Hash{}) {
		b = append(hex.AppendEncode(append(b, `,"leaf":"`...), e.Leaf[:]), '"')
	}
	if e.Salt != [saltSize]byte{} {
		b = append(hex.AppendEncode(append(b, `,"salt":"`...), e.Salt[:]), '"')
	}
	_, err := ParseRecord(e.Encoding)
	b = appendValue(b, "record", e.Encoding, err == nil)
	if len(e.Opening) > 0 {
		_, err = parseRoster(e.Opening)
	}
	return appendValue(b, "opening", e.Opening, err == nil)
}

// appendValue writes what is in the one encoding that it has, and so fits in a line, as it is.
func appendValue(b []byte, name string, value []byte, sound bool) []byte {
	if len(value) == 0 {
		return b
	}
	if sound {
		return append(append(append(append(b, `,"`...), name...), `":`...), value...)
	}
	b = append(append(append(b, `,"raw_`...), name...), `":"`...)
	return append(base64.StdEncoding.AppendEncode(b, value), '"')
}

// ReadExport reads what [Export] wrote. The heads are read at once, the rest as it is asked for: from
// the archive's beginning to its end, once. An error names the line.
func ReadExport(r io.Reader) (Archive, error) {
	x := &exportReader{lines: bufio.NewScanner(r)}
	x.lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	if err := x.begin(); err != nil {
		return Archive{}, fmt.Errorf("line %d: %w", x.number, err)
	}
	heads := func(yield func([]byte, error) bool) {
		for _, h := range x.heads {
			if !yield(h, nil) {
				return
			}
		}
	}
	return Archive{Entries: x.entries, Hashes: x.stored, Heads: heads}, nil
}

// exportReader goes through an exported ledger; hashes are those that were read and not asked for.
type exportReader struct {
	lines  *bufio.Scanner
	number int
	line   exportLine // the one that was read last
	more   bool       // there was one
	heads  [][]byte
	hashes []tlog.Hash
}

// next reads a line, unless it was the last.
func (x *exportReader) next() error {
	x.number++
	x.line = exportLine{}
	if x.more = x.lines.Scan(); !x.more {
		return x.lines.Err()
	}
	if err := json.Unmarshal(x.lines.Bytes(), &x.line, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("no line of an exported ledger: %w", err)
	}
	return nil
}

// begin reads up to the first entry.
func (x *exportReader) begin() error {
	err := x.next()
	if err != nil || x.line.Format != exportFormat {
		return cmp.Or(err, fmt.Errorf("no ledger as `entente ledger export` of this program writes it: that begins with {\"format\":%q}", exportFormat))
	}
	for err = x.next(); err == nil && x.line.Head != ""; err = x.next() {
		x.heads = append(x.heads, []byte(x.line.Head))
	}
	return err
}

// entries yields the entries, from that of the line that was read last, and keeps the hashes that
// stand with each.
func (x *exportReader) entries(yield func(Entry, error) bool) {
	for err := error(nil); x.more || err != nil; err = x.next() {
		var e Entry
		if err == nil {
			e, err = x.line.entry()
		}
		if err == nil {
			err = x.keep(x.line.Hashes, e.Seq)
		}
		if err != nil {
			yield(Entry{}, fmt.Errorf("line %d: %w", x.number, err))
			return
		}
		if e.Seq != 0 && !yield(e, nil) {
			return
		}
	}
}

// entry is the entry of a line; one without Seq where the line has hashes alone.
func (l *exportLine) entry() (Entry, error) {
	e := Entry{Seq: l.Seq, PurgedBy: l.PurgedBy}
	e.Encoding, e.Opening = bytes.Clone(l.Record), bytes.Clone(l.Opening)
	if l.RawRecord != nil {
		e.Encoding = l.RawRecord
	}
	if l.RawOpening != nil {
		e.Opening = l.RawOpening
	}
	switch {
	case l.Seq < 0 || l.Format != "" || l.Head != "" || l.Seq == 0 && l.Hashes == nil:
		return e, errors.New("an entry is expected here")
	case l.Salt != "" && !parseDigest(&e.Salt, l.Salt), l.Leaf != "" && !parseDigest((*[32]byte)(&e.Leaf), l.Leaf):
		return e, fmt.Errorf("entry %d: %w", l.Seq, errDigest)
	}
	return e, nil
}

// keep takes the hashes of an entry's line.
func (x *exportReader) keep(hashes []string, seq int64) error {
	if seq != 0 && len(hashes) > hashesOf(seq) {
		return fmt.Errorf("entry %d has %d hashes with it, and %d are stored", seq, len(hashes), hashesOf(seq))
	}
	for _, text := range hashes {
		var h tlog.Hash
		if !parseDigest((*[32]byte)(&h), text) {
			return fmt.Errorf("entry %d: %w", seq, errDigest)
		}
		x.hashes = append(x.hashes, h)
	}
	return nil
}

// stored yields the hashes that were read so far.
func (x *exportReader) stored(yield func(tlog.Hash, error) bool) {
	for len(x.hashes) > 0 {
		h := x.hashes[0]
		x.hashes = x.hashes[1:]
		if !yield(h, nil) {
			return
		}
	}
}
