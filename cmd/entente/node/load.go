package node

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"entente/configs"
	"entente/taxii"
	"entente/trust"
	"entente/trust/auth"
	"entente/trust/exchange"
	"entente/trust/ledger"
)

// Setup is everything that a node reads before it starts.
type Setup struct {
	Config   configs.Node
	Folder   exchange.Revision // the policy folder; its policy is nil, unless only tests fail, if it has faults
	Faults   configs.Problems  // of the policy folder
	Accounts auth.Accounts
	Warnings configs.Problems // what is allowed, but perhaps not meant

	sealer *taxii.Sealer
	ledger ledger.Key
}

// Load reads node.yaml, the policy folder and the accounts, and looks at the files they name.
// Every fault of every file is reported; with any, the node must not start, those of the policy
// folder apart: a policy that was applied before stays in force. It changes nothing and needs no
// running node.
func Load(path string, now time.Time) (Setup, configs.Problems) {
	var s Setup
	var problems, found configs.Problems
	if _, err := os.Stat(path); err != nil {
		_, problems = configs.Load(path)
		return s, problems // there is nothing to go by
	}
	s.Config, problems = configs.Load(path)
	if s.Accounts, found = ReadAccounts(s.Config.Accounts); len(found) > 0 {
		problems = append(problems, found...)
	}
	s.Folder, s.Faults = ReadPolicy(s.Config)
	if policy := s.Folder.Policy; policy != nil {
		s.Warnings = policy.Warnings(now).In(s.Config.Policy)
	}
	problems = append(problems, s.checkCertificate(now)...)
	s.sealer, found = readSealer(filepath.Dir(path))
	problems = append(problems, found...)
	s.ledger, found = readLedgerKey(filepath.Dir(path), s.Config.Self.ID)
	return s, append(problems, found...)
}

// DataDir is where the running node keeps its files beside the database.
func DataDir(c configs.Node) string { return filepath.Dir(c.Storage.Bolt) }

// ReadAccounts reads accounts.yaml. Its problems show no lines: a password may stand there where
// its hash should.
func ReadAccounts(path string) (auth.Accounts, configs.Problems) {
	data, problems := configs.ReadFile(path)
	if len(problems) > 0 {
		return auth.Accounts{}, problems
	}
	accounts, problems := auth.ParseAccounts(path, data)
	for i := range problems {
		problems[i].Excerpt = ""
	}
	return accounts, problems
}

// ReadPolicy reads the policy folder of a node and runs the tests that its agreements carry (P-6).
// With problems the policy is nil, unless only tests fail. The author is who applies it.
func ReadPolicy(c configs.Node) (r exchange.Revision, problems configs.Problems) {
	if r.Files, problems = readYAML(c.Policy); len(problems) > 0 {
		return r, problems
	}
	if r.Policy, problems = trust.Parse(c.Self.ID, r.Files); len(problems) == 0 {
		problems = r.Policy.RunTests()
	}
	return r, problems.In(c.Policy)
}

// readYAML reads every YAML file below dir, hidden ones apart.
func readYAML(dir string) (files []trust.File, problems configs.Problems) {
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		ext := filepath.Ext(path)
		switch hidden := strings.HasPrefix(e.Name(), ".") && path != dir; {
		case hidden && e.IsDir():
			return fs.SkipDir
		case hidden || e.IsDir() || ext != ".yaml" && ext != ".yml":
			return nil
		}
		data, found := configs.ReadFile(path)
		problems = append(problems, found...)
		name, err := filepath.Rel(dir, path)
		files = append(files, trust.File{Path: filepath.ToSlash(name), Data: data})
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, configs.Problems{{File: dir, Message: "there is no such folder; `policy` in node.yaml names it"}}
	} else if err != nil {
		return nil, configs.Problems{{File: dir, Message: err.Error()}}
	}
	return files, problems
}

// renewBefore is how long before its end a certificate is warned of.
const renewBefore = 30 * 24 * time.Hour

func (s *Setup) checkCertificate(now time.Time) configs.Problems {
	t := s.Config.Listen.TLS
	if t == nil {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return configs.Problems{{File: t.Cert, Message: "the certificate cannot be used: " + err.Error()}}
	}
	if left := pair.Leaf.NotAfter.Sub(now); left <= 0 {
		return configs.Problems{{File: t.Cert, Message: fmt.Sprintf("the certificate ended on %s; put a new one in its place", pair.Leaf.NotAfter.Format(time.DateOnly))}}
	} else if left < renewBefore {
		s.Warnings = append(s.Warnings, configs.Problem{File: t.Cert, Message: fmt.Sprintf("the certificate ends on %s; renew it", pair.Leaf.NotAfter.Format(time.DateOnly))})
	}
	if t.ClientCA == "" {
		return nil
	}
	if _, err := os.Stat(t.ClientCA); err != nil {
		return configs.Problems{{File: t.ClientCA, Message: "the file of client_ca cannot be read: " + err.Error()}}
	}
	return nil
}

// Check is [Load] with the faults of the policy folder, and reads also what the links name:
// everything that could keep the node from starting, but the store and the ports.
func Check(path string, now time.Time) (Setup, configs.Problems) {
	s, problems := Load(path, now)
	problems = append(problems, s.Faults...)
	if s.Folder.Policy != nil && len(problems) == 0 {
		_, problems = newRegistry(s, s.Folder.Policy, func() time.Time { return now })
	}
	return s, problems
}
