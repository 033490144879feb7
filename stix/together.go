package stix

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// CheckTogether says what is wrong with objects beside each other that each alone does not show:
// versions of one object (§3.6), references (§3.3) and translations (§7.1). The objects must have
// been accepted by a [Reader]; what they refer to may be missing. The findings stand as the
// objects do; of two that do not fit the later one has the finding.
func (r *Reader) CheckTogether(objects []Object) [][]Finding {
	g := &gathering{
		tolerated: r.tolerated, objects: objects, findings: make([][]Finding, len(objects)),
		byID: make(map[ID][]int, len(objects)),
	}
	for i := range objects {
		if objects[i].ID != "" {
			g.byID[objects[i].ID] = append(g.byID[objects[i].ID], i)
		}
	}
	g.checkVersions()
	g.checkUUIDs()
	g.checkMarkingCircles()
	for i := range objects {
		switch objects[i].Type {
		case "language-content":
			g.checkTranslation(i)
		case "relationship":
			g.checkVariant(i)
		case "malware":
			g.checkSamples(i)
		}
	}
	return g.findings
}

type gathering struct {
	tolerated toleranceSet
	objects   []Object
	findings  [][]Finding
	byID      map[ID][]int
}

func (g *gathering) add(i int, s Severity, code, pointer, message string) {
	g.findings[i] = append(g.findings[i], Finding{Code: code, Pointer: pointer, Message: message, Severity: s})
}

// addUnless is add, unless the source is forgiven this.
func (g *gathering) addUnless(t tolerance, i int, code, pointer, message string) {
	f := Finding{Code: code, Pointer: pointer, Message: message, Severity: Error}
	if g.tolerated.has(t) {
		f.Severity, f.Tolerance = Warning, tolerances[t].Name
	}
	g.findings[i] = append(g.findings[i], f)
}

// checkVersions compares the versions of each object.
func (g *gathering) checkVersions() {
	for i := range g.objects {
		versions := g.byID[g.objects[i].ID]
		if len(versions) < 2 || versions[0] != i {
			continue
		}
		versions = slices.Clone(versions)
		slices.SortStableFunc(versions, func(a, b int) int { return g.compare(a, b) })
		for k, v := range versions[1:] {
			g.checkSuccessor(versions[k], v)
		}
	}
}

// compare orders versions in time, with all their digits.
func (g *gathering) compare(a, b int) int {
	x, y := &g.objects[a], &g.objects[b]
	if c := x.VersionTime.Compare(y.VersionTime); c != 0 {
		return c
	}
	_, finerX, _ := parseTimestamp([]byte(x.Version))
	_, finerY, _ := parseTimestamp([]byte(y.Version))
	return bytes.Compare(finerX, finerY)
}

// checkSuccessor compares a version with the one before it.
func (g *gathering) checkSuccessor(before, after int) {
	a, b := &g.objects[before], &g.objects[after]
	if g.compare(before, after) == 0 {
		switch same := sameContent(a, b); {
		case same:
			g.add(after, Warning, "S-8-07", "", "the same object stands here twice")
		case a.Version == "":
			g.add(after, Warning, "S-D-04", "", "another object here has this identifier and other content")
		default:
			g.add(after, Error, "S-3.6-06", "/"+versionProperty(b), "another object here has this identifier and version and other content; a change needs a later modified")
		}
		return
	}
	if !a.Created.Equal(b.Created) {
		g.addUnless(versionHistory, after, "S-3.2-05", "/created", "created never changes, and the version before has another")
	}
	if a.CreatedBy != b.CreatedBy {
		pointer := "/created_by_ref"
		if b.CreatedBy == "" {
			pointer = ""
		}
		g.addUnless(versionHistory, after, "S-3.6-07", pointer, "only its creator makes versions of an object, and the version before has another; use a new identifier")
	}
	if a.Revoked {
		g.addUnless(versionHistory, after, "S-3.6-11", "/"+versionProperty(b), "the version before is revoked, and nothing comes after that; use a new identifier")
	}
}

func versionProperty(o *Object) string {
	if o.Modified.IsZero() {
		return "created"
	}
	return "modified"
}

// sameContent reports whether two texts say the same.
func sameContent(a, b *Object) bool {
	if a.Hash == b.Hash {
		return true
	}
	return bytes.Equal(contentOf(a), contentOf(b))
}

// contentOf is what an object says in a form of its own (RFC 8785).
func contentOf(o *Object) []byte {
	var t tape
	if t.parse(o.Raw) != nil {
		return o.Raw
	}
	said := []byte{'{'}
	for i := range t.children(0) {
		if t.isDefault(i) {
			continue
		}
		if len(said) > 1 {
			said = append(said, ',')
		}
		said, _ = jsontext.AppendQuote(said, t.nameOf(i)) // the tape has valid names only
		said = append(append(said, ':'), t.rawOf(i)...)
	}
	v := jsontext.Value(append(said, '}'))
	if v.Canonicalize() != nil {
		return o.Raw
	}
	return v
}

// isDefault reports whether a property says what its absence says too (§3.6).
func (t *tape) isDefault(at int32) bool {
	switch string(t.nameOf(at)) {
	case "revoked", "defanged", "summary":
		return t.nodes[at].kind == 'f'
	case "lang":
		return string(t.str(at)) == "en"
	case "spec_version":
		s := structures[string(t.str(t.member(0, "type")))]
		return s != nil && s.class == classSCO && string(t.str(at)) == "2.1"
	}
	return false
}

// checkUUIDs wants no creator to use a UUID for objects of two types, and none but observables to
// have a derived one (§2.9). Observables of two types with one value derive the same by design.
func (g *gathering) checkUUIDs() {
	type use struct {
		uuid    string
		creator ID
	}
	first := make(map[use]ID)
	derived := make(map[string]ID)
	for i := range g.objects {
		o := &g.objects[i]
		if s := structures[o.Type]; s != nil && s.class == classSCO && len(o.ID) > 36 && o.ID[len(o.ID)-22] == '5' {
			derived[uuidOf(o.ID)] = o.ID
		}
	}
	for i := range g.objects {
		o := &g.objects[i]
		if s := structures[o.Type]; len(o.ID) < 36 || s != nil && s.class == classSCO {
			continue
		}
		if id, ok := derived[uuidOf(o.ID)]; ok {
			g.addUnless(uuidReuse, i, "S-2.9-05", "/id", "the UUID is derived from the content of "+string(id)+"; other objects have random ones")
			continue
		}
		if o.CreatedBy == "" {
			continue
		}
		u := use{uuidOf(o.ID), o.CreatedBy}
		if id, ok := first[u]; !ok {
			first[u] = o.ID
		} else if id != o.ID {
			g.addUnless(uuidReuse, i, "S-2.9-03", "/id", "its creator has used this UUID for "+string(id)+" already; every object has its own")
		}
	}
}

func uuidOf(id ID) string { return string(id[len(id)-36:]) }

// checkMarkingCircles wants no marking-definition to be marked by itself through others (§3.2).
func (g *gathering) checkMarkingCircles() {
	var path []int
	state := make(map[int]byte) // 1 on the path, 2 done
	var visit func(i int)
	visit = func(i int) {
		state[i] = 1
		path = append(path, i)
		for _, m := range markingsOf(&g.objects[i]) {
			for _, next := range g.byID[m] {
				switch {
				case next == i, g.objects[next].ID == g.objects[i].ID: // its reader has said so
				case state[next] == 1:
					g.closeCircle(path[slices.Index(path, next):])
				case state[next] == 0:
					visit(next)
				}
			}
		}
		path = path[:len(path)-1]
		state[i] = 2
	}
	for i := range g.objects {
		if g.objects[i].Type == "marking-definition" && state[i] == 0 {
			visit(i)
		}
	}
}

// closeCircle reports every object of a circle where it points to the next one.
func (g *gathering) closeCircle(circle []int) {
	for k, i := range circle {
		next := g.objects[circle[(k+1)%len(circle)]].ID
		pointer := "/object_marking_refs"
		if !slices.Contains(g.objects[i].Markings, next) {
			k := slices.IndexFunc(g.objects[i].Granular, func(m Granular) bool { return m.Marking == next })
			pointer = "/granular_markings/" + strconv.Itoa(k) + "/marking_ref"
		}
		g.add(i, Error, "S-3.2-16", pointer, "through other markings this marking-definition marks itself")
	}
}

func markingsOf(o *Object) []ID {
	if o.Type != "marking-definition" {
		return nil
	}
	all := slices.Clone(o.Markings)
	for _, m := range o.Granular {
		if m.Marking != "" {
			all = append(all, m.Marking)
		}
	}
	return all
}

// latest is the place of the most recent version of an object, or −1.
func (g *gathering) latest(id ID) int {
	latest := -1
	for _, i := range g.byID[id] {
		if latest < 0 || g.compare(latest, i) < 0 {
			latest = i
		}
	}
	return latest
}

// checkVariant wants no family to be a variant of an instance (§4.11.2).
func (g *gathering) checkVariant(i int) {
	var t tape
	if t.parse(g.objects[i].Raw) != nil || string(t.str(t.member(0, "relationship_type"))) != "variant-of" {
		return
	}
	family := func(end string) (is, known bool) {
		at := g.latest(ID(t.str(t.member(0, end))))
		var m tape
		if at < 0 || g.objects[at].Type != "malware" || m.parse(g.objects[at].Raw) != nil {
			return false, false
		}
		return m.nodes[m.member(0, "is_family")].kind == 't', true
	}
	source, okSource := family("source_ref")
	target, okTarget := family("target_ref")
	if okSource && okTarget && source && !target {
		g.add(i, Error, "S-4.11-07", "/target_ref", "a family of malware is no variant of an instance")
	}
}

// checkSamples wants all samples of an instance of malware to be one binary (§4.11.1).
func (g *gathering) checkSamples(i int) {
	var t tape
	if t.parse(g.objects[i].Raw) != nil || t.nodes[t.member(0, "is_family")].kind != 'f' {
		return
	}
	list := t.member(0, "sample_refs")
	if list == 0 {
		return
	}
	seen := map[string]string{}
	place := -1
	for ref := range t.children(list) {
		place++
		var s tape
		at := g.latest(ID(t.str(ref)))
		if at < 0 || s.parse(g.objects[at].Raw) != nil {
			continue
		}
		hashes := s.member(0, "hashes")
		if hashes == 0 || s.nodes[hashes].kind != '{' {
			continue
		}
		for h := range s.children(hashes) {
			algorithm, value := string(s.nameOf(h)), string(bytes.ToLower(s.str(h)))
			if before, ok := seen[algorithm]; ok && before != value {
				g.add(i, Error, "S-4.11-06", "/sample_refs/"+strconv.Itoa(place), "all samples of an instance are the same binary, and this has another "+shorten([]byte(algorithm)))
				return
			}
			seen[algorithm] = value
		}
	}
}
