package trust

// Policy is one compiled revision of the policy folder, immutable once made (P-6).
type Policy struct {
	Node    string // our own id
	Members map[string]MemberFile
	Sources map[string]SourceFile
	Local   LocalFile
}

// Member looks up a member; ok is false for a stranger.
func (p *Policy) Member(id string) (m MemberFile, ok bool) {
	m, ok = p.Members[id]
	return m, ok
}
