package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"
	"os"

	"github.com/go-json-experiment/json/jsontext"

	"entente/cmd/entente/admin"
	"entente/stix"
)

// document is a file of objects that can be read several times. Lines are streamed, in memory of
// a line; everything else is held whole, as its brackets ask for.
type document struct {
	Count int

	file    *os.File
	objects [][]byte // nil: the file has an object on each line
	hash    hash.Hash
}

// openDocument opens a file, or takes standard input into one of its own for -.
func openDocument(name string, stdin io.Reader) (d *document, err error) {
	d = &document{hash: sha256.New()}
	if name == "-" {
		d.file, err = spool(stdin)
	} else {
		d.file, err = os.Open(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such file")
	}
	if err != nil {
		return nil, err
	}
	if err := d.read(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// spool keeps what can be read only once. The file has no name any more, so that it goes with the
// process.
func spool(r io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "entente-publish-*")
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(f, r)
	return f, errors.Join(err, os.Remove(f.Name()))
}

// read finds the form of the file, counts its objects and takes its hash.
func (d *document) read() error {
	if info, err := d.file.Stat(); err != nil {
		return err
	} else if info.IsDir() {
		return errors.New("this is a folder; name the files in it")
	}
	lines, err := d.hasLines()
	if err != nil {
		return err
	}
	if lines {
		for _, err := range d.all() {
			if err != nil {
				return err
			}
			d.Count++
		}
		_, err := d.rewind(d.hash)
		return err
	}
	var content bytes.Buffer
	if _, err := d.rewind(io.MultiWriter(&content, d.hash)); err != nil {
		return err
	}
	if len(bytes.TrimSpace(content.Bytes())) == 0 {
		return errors.New("the file is empty")
	}
	doc, err := stix.ReadDocument(content.Bytes())
	if err != nil {
		return fmt.Errorf("no STIX can be read here: %w", err)
	}
	if len(doc.Objects) == 0 {
		return fmt.Errorf("the %s holds no objects", doc.Kind)
	}
	d.objects, d.Count = doc.Objects, len(doc.Objects)
	return nil
}

// rewind copies the whole file.
func (d *document) rewind(to io.Writer) (int64, error) {
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	return io.Copy(to, d.file)
}

// hasLines reports whether the first line that is not empty is one whole object, and more follows.
func (d *document) hasLines() (bool, error) {
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	found := 0
	for line, err := range readLines(d.file) {
		if errors.Is(err, errLongLine) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if found++; found == 2 {
			return true, nil
		}
		if doc, err := stix.ReadDocument(line); err != nil || doc.Kind != stix.Single {
			return false, nil
		}
	}
	return false, nil
}

var errLongLine = fmt.Errorf("a line is longer than %d MiB", admin.MaxObject>>20)

// readLines yields the lines that are not empty; each is valid until the next.
func readLines(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(make([]byte, 64<<10), admin.MaxObject)
		for s.Scan() {
			if line := bytes.TrimSpace(s.Bytes()); len(line) > 0 && !yield(line, nil) {
				return
			}
		}
		if err := s.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(nil, errLongLine)
		} else if err != nil {
			yield(nil, err)
		}
	}
}

// all yields every object as the file has them.
func (d *document) all() iter.Seq2[[]byte, error] {
	if d.objects == nil {
		if _, err := d.file.Seek(0, io.SeekStart); err != nil {
			return func(yield func([]byte, error) bool) { yield(nil, err) }
		}
		return readLines(d.file)
	}
	return func(yield func([]byte, error) bool) {
		for _, o := range d.objects {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// job names the publication of this content under these options: the same again is the same job.
func (d *document) job(options ...string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%x %q", d.hash.Sum(nil), options)
	return hex.EncodeToString(h.Sum(nil))
}

// Close lets go of the file.
func (d *document) Close() error { return d.file.Close() }

// maxPart is how many bytes of objects are sent at once, if there are several.
const maxPart = 8 << 20

// batches hands out the objects in the order in which they are published, without the first
// `from` of them, size at a time.
func (d *document) batches(from, size int, send func([][]byte) error) error {
	var part [][]byte
	bytesIn, at := 0, 0
	for rank := range ranks {
		for raw, err := range d.all() {
			if err != nil {
				return err
			}
			if rankOf(raw) != rank {
				continue
			}
			if at++; at <= from {
				continue
			}
			if len(part) == size || len(part) > 0 && bytesIn+len(raw) > maxPart {
				if err := send(part); err != nil {
					return err
				}
				part, bytesIn = part[:0], 0
			}
			part, bytesIn = append(part, bytes.Clone(raw)), bytesIn+len(raw)
		}
	}
	if len(part) == 0 {
		return nil
	}
	return send(part)
}

// ranks is how many times the objects are gone through: what others refer to goes first.
const ranks = 3

// rankOf is in which of them an object goes.
func rankOf(raw []byte) int {
	switch typeOf(raw) {
	case "marking-definition", "extension-definition":
		return 0
	case "identity":
		return 1
	}
	return 2
}

// typeOf is the type that an object says first; what is wrong with it, the node says.
func typeOf(raw []byte) string {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return ""
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return ""
		}
		if name.String() != "type" {
			if d.SkipValue() != nil {
				return ""
			}
			continue
		}
		value, err := d.ReadToken()
		if err != nil || value.Kind() != '"' {
			return ""
		}
		return value.String()
	}
	return ""
}
