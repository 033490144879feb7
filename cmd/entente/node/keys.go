package node

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"entente/configs"
	"entente/taxii"
	"entente/trust/ledger"
)

// The keys lie in keys/ beside node.yaml and nobody but the node reads them.
const (
	cursorKeyFile   = "keys/cursor.pem"       // seals `next`; several blocks: the first seals, all open
	signingKeyFile  = "keys/node.ed25519"     // signs what this node originates (PKCS #8)
	signingKeyShare = "keys/node.ed25519.pub" // what peers write under signing_keys
	ledgerKeyFile   = "keys/ledger.key"       // signs the disclosure ledger; see ledger.ParseKey
)

const (
	cursorBlock     = "ENTENTE CURSOR KEY"
	cursorKeyFormat = "1"
	cursorKeyLength = 32 // bytes
)

// SigningKey is the public half of the key that signs what a node originates.
type SigningKey struct {
	ID      string `json:"id"`      // the first 16 hex digits of the SHA-256 of the key
	Ed25519 string `json:"ed25519"` // base64
}

func newCursorKey() []byte {
	key := make([]byte, cursorKeyLength)
	rand.Read(key) // never fails, by its contract
	return pem.EncodeToMemory(&pem.Block{Type: cursorBlock, Headers: map[string]string{"Format": cursorKeyFormat}, Bytes: key})
}

func newSigningKey() (key SigningKey, private []byte, err error) {
	pub, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return SigningKey{}, nil, err
	}
	sum := sha256.Sum256(pub)
	key = SigningKey{ID: hex.EncodeToString(sum[:8]), Ed25519: base64.StdEncoding.EncodeToString(pub)}
	private, err = privatePEM(secret)
	return key, private, err
}

// share is the public key as a peer copies it into its file about us.
func (k SigningKey) share(node string) []byte {
	return fmt.Appendf(nil, "# For peers: members/%s.yaml\nsigning_keys:\n  - id: %q\n    ed25519: %s\n", node, k.ID, k.Ed25519)
}

// readSealer reads the keys of `next`. No message holds anything of the file.
func readSealer(dir string) (*taxii.Sealer, configs.Problems) {
	path := filepath.Join(dir, cursorKeyFile)
	fault := func(message string) configs.Problems { return configs.Problems{{File: path, Message: message}} }
	data, problems := configs.ReadFile(path)
	if len(problems) > 0 {
		return nil, problems
	}
	var keys [][]byte
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != cursorBlock || block.Headers["Format"] != cursorKeyFormat {
			return nil, fault(fmt.Sprintf("a block is not an %q of format %s", cursorBlock, cursorKeyFormat))
		}
		keys = append(keys, block.Bytes)
	}
	if len(keys) == 0 {
		return nil, fault("no key is in the file; restore it, or every `next` that was given out is lost")
	}
	sealer, err := taxii.NewSealer(keys[0], keys[1:]...)
	if err != nil {
		return nil, fault(err.Error())
	}
	return sealer, nil
}

// readLedgerKey reads the keys of a node's ledger. No message holds anything of the file.
func readLedgerKey(dir, node string) (ledger.Key, configs.Problems) {
	path := filepath.Join(dir, ledgerKeyFile)
	fault := func(message string) configs.Problems { return configs.Problems{{File: path, Message: message}} }
	data, problems := configs.ReadFile(path)
	if len(problems) > 0 {
		return ledger.Key{}, fault(problems[0].Message + "; restore it from a backup, or make one with `entente ledger key --new` if the node has never had one")
	}
	key, err := ledger.ParseKey(string(data))
	if err != nil {
		return ledger.Key{}, fault(err.Error() + "; restore the file from a backup")
	}
	if name := key.Signer.Name(); name != node {
		return ledger.Key{}, fault(fmt.Sprintf("the key is that of %s, and node.yaml says that this is %s", name, node))
	}
	return key, nil
}

// LedgerKey reads the keys of the ledger of the node that is configured at path.
func LedgerKey(path string) (ledger.Key, configs.Problems) {
	c, problems := configs.Load(path)
	if len(problems) > 0 {
		return ledger.Key{}, problems
	}
	return readLedgerKey(filepath.Dir(path), c.Self.ID)
}

// NewLedgerKey makes a key that signs the ledger of the node that is configured at path from its
// next start on. Earlier keys stay in the file by their public halves, so that what they signed still
// verifies.
func NewLedgerKey(path string) (ledger.Key, error) {
	c, problems := configs.Load(path)
	if len(problems) > 0 {
		return ledger.Key{}, problems
	}
	file := filepath.Join(filepath.Dir(path), ledgerKeyFile)
	var earlier []string
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		key, problems := readLedgerKey(filepath.Dir(path), c.Self.ID)
		if len(problems) > 0 {
			return ledger.Key{}, problems
		}
		earlier = key.Public
	}
	text, err := ledger.NewKey(rand.Reader, c.Self.ID)
	if err != nil {
		return ledger.Key{}, err
	}
	for _, public := range earlier {
		text += public + "\n"
	}
	if err := ReplaceFile(file, []byte(text), 0o600); err != nil {
		return ledger.Key{}, err
	}
	return ledger.ParseKey(text)
}
