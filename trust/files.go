package trust

// MemberFile is members/<id>.yaml: who a member is (P-0).
type MemberFile struct {
	Member string
	Name   string
	Trust  int // 0 … 4
}

// SourceFile is sources/<id>.yaml: a public source whose unmarked objects have a known label.
type SourceFile struct {
	Source   string
	Unmarked Level
}

// LocalFile is local.yaml: our defaults, and rules that only tighten.
type LocalFile struct {
	Unmarked     Level // Unmarked means hold
	UnmarkedFrom map[string]Level
	Public       bool
	Accounts     LocalAccounts
	Red          []string // role names or account names that read RED
}

// LocalAccounts is the highest level that local accounts read, RED apart.
type LocalAccounts struct{ Person, Tool Level }

func (l LocalFile) readsRed(p Principal) bool {
	for _, n := range l.Red {
		if p.Person && (n == p.ID || n == p.Role.String()) {
			return true
		}
	}
	return false
}
