package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Key is what a node signs its heads with, and all that they are checked with.
type Key struct {
	Signer    note.Signer    // signs from now on; its name is the node
	Public    []string       // the signer's public half, then those of earlier keys
	Verifiers note.Verifiers // of all these
}

// NewKey makes the text of a node's key: one line, for [ParseKey] and for nobody else to see.
func NewKey(random io.Reader, node string) (string, error) {
	private, _, err := note.GenerateKey(random, node)
	return private + "\n", err
}

// ParseKey reads the lines of a node's key file: the first is a private key, which signs; any
// further ones, private or public, are earlier keys, so that what they signed still verifies. No
// error tells anything of a key.
func ParseKey(text string) (Key, error) {
	lines := strings.Fields(text)
	if len(lines) == 0 || !strings.HasPrefix(lines[0], privatePrefix) {
		return Key{}, errors.New("no ledger key: the first line is a private one, " + privatePrefix + "name+id+base64")
	}
	signer, err := note.NewSigner(lines[0])
	if err != nil {
		return Key{}, errors.New("line 1 is no Ed25519 key as golang.org/x/mod/sumdb/note writes it")
	}
	for i, line := range lines {
		if lines[i], err = publicHalf(line); err != nil {
			return Key{}, fmt.Errorf("line %d is no Ed25519 key as golang.org/x/mod/sumdb/note writes it", i+1)
		}
	}
	verifiers, err := ParsePublic(strings.Join(lines, "\n"))
	return Key{Signer: signer, Public: lines, Verifiers: verifiers}, err
}

// ParsePublic reads public keys, one on each line: all that is needed to check heads and proofs.
func ParsePublic(text string) (note.Verifiers, error) {
	var list []note.Verifier
	for _, line := range strings.Fields(text) {
		v, err := note.NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("public key %d: write name+id+base64, as `entente ledger key` prints it", len(list)+1)
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		return nil, errors.New("no public key: write name+id+base64, as `entente ledger key` prints it")
	}
	return note.VerifierList(list...), nil
}

// privatePrefix begins the encoding of a private key.
const privatePrefix = "PRIVATE+KEY+"

// publicHalf is the public key of a private one; of a public one, itself.
func publicHalf(line string) (string, error) {
	rest, private := strings.CutPrefix(line, privatePrefix)
	if !private {
		return line, nil
	}
	if _, err := note.NewSigner(line); err != nil {
		return "", err
	}
	fields := strings.SplitN(rest, "+", 3) // name, id and what NewSigner has checked
	seed, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil {
		return "", err
	}
	public := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey) // after the algorithm
	return note.NewEd25519VerifierKey(fields[0], public)
}
