package stix

import (
	"bytes"
	"slices"
)

// CheckTogether says what is wrong with objects beside each other that each alone does not show:
// versions of one object (§3.6), references (§3.3) and translations (§7.1). The objects must have
// been accepted by a [Reader]; what they refer to may be missing. The findings stand as the
// objects do; of two that do not fit the later one has the finding. The work is linear in what the
// objects say, but for sorting versions: no object is read again for each one that names it.
func (r *Reader) CheckTogether(objects []Object) [][]Finding {
	g := &gathering{
		tolerated: r.tolerated, objects: objects, findings: make([][]Finding, len(objects)),
		byID: make(map[ID][]int, len(objects)), families: map[int]bool{}, hashes: map[int]map[string]string{},
	}
	for i := range objects {
		if objects[i].ID != "" {
			g.byID[objects[i].ID] = append(g.byID[objects[i].ID], i)
		}
	}
	g.checkVersions()
	g.checkUUIDs()
	g.checkMarkingCircles()
	g.checkTranslations()
	for i := range objects {
		switch objects[i].Type {
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
	byID      map[ID][]int // the versions of an object, the earliest first
	reading   tape         // of the object that is looked at
	read      tape         // of one that it names

	families map[int]bool              // malware: whether it is a family
	hashes   map[int]map[string]string // files and artifacts: their hashes, in lower case
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

// checkVersions puts the versions of each object in order and compares neighbours.
func (g *gathering) checkVersions() {
	for _, versions := range g.byID {
		slices.SortStableFunc(versions, g.compare)
		for k, v := range versions[1:] {
			g.checkSuccessor(versions[k], v)
		}
	}
}

func (g *gathering) compare(a, b int) int { return compareVersions(&g.objects[a], &g.objects[b]) }

// compareVersions orders versions in time, with all their digits.
func compareVersions(x, y *Object) int {
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
		switch same := a.Hash == b.Hash || SameContent(a.Raw, b.Raw); {
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

// checkUUIDs wants no creator to use a UUID for objects of two types, and none but observables to
// have a derived one (§2.9). Observables of two types with one value derive the same by design.
func (g *gathering) checkUUIDs() {
	type use struct {
		uuid    string
		creator ID
	}
	first := make(map[use]ID)
	derived := make(map[string]int)
	known := make(map[int]bool)
	for i := range g.objects {
		o := &g.objects[i]
		if s := structures[o.Type]; s != nil && s.class == classSCO && len(o.ID) > 36 && o.ID[len(o.ID)-22] == '5' {
			derived[uuidOf(o.ID)] = i
		}
	}
	for i := range g.objects {
		o := &g.objects[i]
		if s := structures[o.Type]; len(o.ID) < 36 || s != nil && s.class == classSCO {
			continue
		}
		if observable, ok := derived[uuidOf(o.ID)]; ok && g.isDerived(observable, known) {
			id := g.objects[observable].ID
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

// isDerived reports whether an observable's identifier follows from its content; known remembers.
func (g *gathering) isDerived(i int, known map[int]bool) bool {
	is, asked := known[i]
	if !asked {
		id, ok, err := DeterministicID(g.objects[i].Raw)
		is = err == nil && ok && id == g.objects[i].ID
		known[i] = is
	}
	return is
}

func uuidOf(id ID) string { return string(id[len(id)-36:]) }
