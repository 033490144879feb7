package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxFile is how many bytes a file may have, as many as one object may: it is read whole.
const maxFile = 1 << 30

var errTooLarge = errors.New("this is larger than 1 GiB, the most that is read at once; check it in parts " +
	"(`split -C 1G` makes them of objects on lines)")

// input is a file to check.
type input struct {
	name string // - for standard input
	size int64  // of a file on a disk; stream for what tells no size and may have no end
	err  error  // why there is nothing to read
}

const stream = -1

// inputsOf are the files that were named, and those in the folders that were.
func inputsOf(args []string) (all []input) {
	for _, arg := range args {
		if arg == "-" {
			all = append(all, input{name: arg, size: stream})
			continue
		}
		if info, err := os.Stat(arg); err != nil || !info.IsDir() {
			all = append(all, inputOf(arg, info, err))
			continue
		}
		before := len(all)
		_ = filepath.WalkDir(arg, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				all = append(all, input{name: path, err: err})
			} else if slices.Contains([]string{".json", ".jsonl", ".ndjson"}, strings.ToLower(filepath.Ext(path))) {
				all = appendFile(all, path)
			}
			return nil
		})
		if len(all) == before {
			all = append(all, input{name: arg, err: errors.New("no .json, .jsonl or .ndjson file is in this folder")})
		}
	}
	return all
}

// appendFile leaves out what is found in a folder but is no file, as a pipe that nobody writes to.
func appendFile(all []input, path string) []input {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return all
	}
	return append(all, inputOf(path, info, err))
}

func inputOf(name string, info fs.FileInfo, err error) input {
	switch {
	case err != nil:
		return input{name: name, err: err}
	case info.Mode().IsRegular():
		return input{name: name, size: info.Size()}
	}
	return input{name: name, size: stream}
}

// read reads everything, or returns errTooLarge.
func (in input) read(stdin io.Reader) ([]byte, error) {
	switch {
	case in.name == "-":
		return readAtMost(stdin, maxFile)
	case in.size > maxFile:
		return nil, errTooLarge
	case in.size != stream:
		return os.ReadFile(in.name) // which makes room once
	}
	f, err := os.Open(in.name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAtMost(f, maxFile)
}

// readAtMost reads in parts, so that what is too large takes no more than the limit.
func readAtMost(in io.Reader, limit int) ([]byte, error) {
	const partSize = 1 << 20
	var parts [][]byte
	for size := 0; size <= limit; {
		part := make([]byte, min(partSize, limit+1-size))
		n, err := io.ReadFull(in, part)
		parts, size = append(parts, part[:n]), size+n
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return slices.Concat(parts...), nil
		case err != nil:
			return nil, err
		}
	}
	return nil, errTooLarge
}

// until runs what may block for ever, as opening or reading a pipe may. If the context ends
// before, it is left behind.
func until[T any](ctx context.Context, do func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := do()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// plainError leaves out what the reader of a message knows: the operation and the name.
func plainError(err error) error {
	var at *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.As(err, &at):
		return at.Err
	}
	return err
}
