package trust

import "entente/configs"

// Policy is one compiled revision of the policy folder, immutable once made (P-6).
type Policy struct {
	Node        string // our own id
	Revision    string // SHA-256 of the folder's files, in hex; see [Revision]
	Members     map[string]MemberFile
	Links       map[string]LinkFile // by member
	Agreements  map[string]AgreementFile
	Communities map[string]CommunityFile
	Sources     map[string]SourceFile
	Local       LocalFile

	documents map[string]*configs.Document // by path, for what is found after parsing
}

// Member looks up a member; ok is false for a stranger.
func (p *Policy) Member(id string) (m MemberFile, ok bool) {
	m, ok = p.Members[id]
	return m, ok
}
