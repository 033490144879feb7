package admin

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// MaxBody is what one request may hold, in bytes; MaxObject what one object may.
const (
	MaxBody   = 64 << 20
	MaxObject = 32 << 20
)

// appendFrames writes objects as they are, each after its length: some are not JSON, and those
// that are keep their bytes.
func appendFrames(b []byte, objects [][]byte) []byte {
	for _, o := range objects {
		b = binary.AppendUvarint(b, uint64(len(o)))
		b = append(b, o...)
	}
	return b
}

func readFrames(r io.Reader) (objects [][]byte, err error) {
	in := bufio.NewReader(r)
	for {
		n, err := binary.ReadUvarint(in)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		if n > MaxObject {
			return nil, fmt.Errorf("an object has %d bytes; at most %d are taken", n, MaxObject)
		}
		o := make([]byte, n)
		if _, err := io.ReadFull(in, o); err != nil {
			return nil, fmt.Errorf("read an object: %w", err)
		}
		objects = append(objects, o)
	}
}
