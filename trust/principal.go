package trust

// Principal is who asks, as proved by trust/auth. The zero value is nobody and may do nothing.
type Principal struct {
	Kind   Kind
	ID     string // account name or member id; empty for anonymous callers
	Role   Role   // accounts only
	Person bool   // accounts only: a person, not a tool
	Compat []string
}

// Kind tells a local account from a member from an anonymous caller.
type Kind uint8

const (
	Nobody    Kind = iota
	Anonymous      // no credentials, where the policy says `public: true`
	Account        // a local person or tool
	Member         // an organisation of the policy folder
)

// Role is what a local account may do; each includes the one before it.
type Role uint8

const (
	NoRole  Role = iota
	Reader       // reads publish and received
	Analyst      // publishes, recalls, approves
	Officer      // applies policy, releases RED, frees quarantine
	Admin        // manages accounts, keys and the node
)

var roleNames = [...]string{NoRole: "", Reader: "reader", Analyst: "analyst", Officer: "officer", Admin: "admin"}

func (r Role) String() string { return roleNames[r] }

// ParseRole reads a role's name; ok is false for anything else.
func ParseRole(s string) (r Role, ok bool) {
	for i, n := range roleNames {
		if n == s && s != "" {
			return Role(i), true
		}
	}
	return NoRole, false
}

// String names the principal in logs: "account analyst", "member csirt-xb", "anonymous".
func (p Principal) String() string {
	switch p.Kind {
	case Anonymous:
		return "anonymous"
	case Account:
		return "account " + p.ID
	case Member:
		return "member " + p.ID
	}
	return "nobody"
}

// Has reports whether the principal's compatibility switches include name.
func (p Principal) Has(name string) bool {
	for _, c := range p.Compat {
		if c == name {
			return true
		}
	}
	return false
}
