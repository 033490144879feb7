package demo

import (
	"embed"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/uuid/v5"

	"entente/stix"
	"entente/trust"
)

//go:embed data
var embedded embed.FS

// sample is a file to publish, and how.
type sample struct {
	file, title string
	tlp         trust.Level // --tlp
	source      string      // --source
}

func samples() []sample {
	return []sample{
		{file: "dogood-honeypot-2025-12-10.json", title: "a day of a honeypot, TLP:WHITE"},
		{file: "feeds2stix-ipsum-level-8.json", title: "addresses on 8 block lists, TLP:CLEAR"},
		{file: "mvt-operation-triangulation.json", title: "spyware, unmarked: we mark it GREEN", tlp: trust.Green},
		{file: "cisa-AA25-203A-interlock.json", title: "a CISA advisory, marked in ACS alone"},
		{file: "mitre-atlas-AMLCS0012.json", title: "an AI incident, TLP:WHITE"},
	}
}

// told is one object that csirt-xa published: its bytes as they must come back, and its fate.
type told struct {
	shape
	raw  string
	fate fate
}

// fate is why an object goes to csirt-xb, or does not.
type fate string

const (
	clear      fate = "CLEAR"
	green      fate = "GREEN"
	amber      fate = "AMBER"
	strict     fate = "AMBER+STRICT"
	red        fate = "RED"
	along      fate = "goes along"
	unmarked   fate = "unmarked"
	unresolved fate = "marking unknown"
)

func (f fate) goes() bool { return f == clear || f == green || f == along }

// shape is what a fate is reckoned from.
type shape struct {
	Type      string   `json:"type"`
	ID        string   `json:"id"`
	Markings  []string `json:"object_marking_refs"`
	Kind      string   `json:"definition_type"`
	Extension any      `json:"extensions"`
	Creator   string   `json:"created_by_ref"`
	Class     string   `json:"identity_class"`
}

// reckon finds the fate of every object of a file, from the file alone.
func (s sample) reckon(data []byte) (map[string]*told, error) {
	doc, err := stix.ReadDocument(data)
	if err != nil {
		return nil, err
	}
	all := map[string]*told{}
	shapes := map[string]shape{}
	for _, raw := range doc.Objects {
		var o shape
		if err := json.Unmarshal(raw, &o); err != nil {
			return nil, fmt.Errorf("object %d: %w", len(all), err)
		}
		all[o.ID], shapes[o.ID] = &told{shape: o, raw: string(raw)}, o
	}
	for id, it := range all {
		it.fate = s.fateOf(it.shape, shapes)
		if it.fate == unmarked && s.tlp != trust.Unmarked && it.Type != "marking-definition" {
			marked, err := stix.AddMarking(&stix.Object{ID: stix.ID(id), Raw: []byte(it.raw)}, trust.MarkingOf(s.tlp))
			if err != nil {
				return nil, err
			}
			it.raw, it.fate = string(marked), fateAt(s.tlp)
		}
	}
	return all, nil
}

// fateOf is P-1 in a few lines: TLP goes by its ids, a statement says nothing about readers, any
// other marking is unknown, and of several levels the strictest counts.
func (s sample) fateOf(o shape, file map[string]shape) fate {
	level := trust.Unmarked
	for _, m := range o.Markings {
		found, tlp := trust.LevelOf(stix.ID(m))
		definition := file[m]
		switch {
		case tlp:
			level = max(level, found)
		case definition.Kind != "statement" || definition.Extension != nil:
			return unresolved
		}
	}
	if level == trust.Unmarked && s.source != "" {
		return clear // as the source's file says
	}
	return fateAt(level)
}

// accompany finds what goes along with other objects: unmarked as it is, the definitions of their
// markings, and who made them if that is no individual.
func accompany(all map[string]*told) {
	for _, it := range all {
		if !it.fate.goes() || it.fate == along {
			continue
		}
		for _, id := range append(slices.Clip(it.Markings), it.Creator) {
			if with := all[id]; with != nil && with.fate == unmarked && with.Class != "individual" {
				with.fate = along
			}
		}
	}
}

func fateAt(l trust.Level) fate {
	return [...]fate{
		trust.Unmarked: unmarked, trust.Clear: clear, trust.Green: green,
		trust.Amber: amber, trust.AmberStrict: strict, trust.Red: red,
	}[l]
}

// attack finds the newest bundle of mobile ATT&CK in a folder; ok is false without one.
func attack(dir string) (path string, ok bool) {
	found, err := filepath.Glob(filepath.Join(dir, "mobile-attack-*.json"))
	if dir == "" || err != nil || len(found) == 0 {
		return "", false
	}
	return slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }), true
}

// version reads 17.1 of mobile-attack-17.1.json as 17001.
func version(path string) int {
	var major, minor int
	name := filepath.Base(path)
	fmt.Sscanf(name[strings.LastIndexByte(name, '-')+1:], "%d.%d", &major, &minor)
	return 1000*major + minor
}

// indicator makes an object of the tour's own, with the given markings.
func indicator(name, creator string, now time.Time, markings ...stix.ID) ([]byte, error) {
	id, err := uuid.NewV4()
	if err != nil {
		return nil, err
	}
	at := now.UTC().Format("2006-01-02T15:04:05.000Z")
	object := map[string]any{
		"type": "indicator", "spec_version": "2.1", "id": "indicator--" + id.String(),
		"created_by_ref": creator, "created": at, "modified": at, "name": name,
		"pattern": "[domain-name:value = 'example.org']", "pattern_type": "stix", "valid_from": at,
	}
	if len(markings) > 0 {
		object["object_marking_refs"] = markings
	}
	return json.Marshal(object)
}

// made is a bundle of three indicators for each level, three without a mark, and three that say
// two levels at once.
func made(creator string, now time.Time) ([]byte, error) {
	var objects []json.RawMessage
	for _, markings := range [][]stix.ID{
		{trust.MarkingOf(trust.Clear)}, {trust.MarkingOf(trust.Green)}, {trust.MarkingOf(trust.Amber)},
		{trust.MarkingOf(trust.AmberStrict)}, {trust.MarkingOf(trust.Red)}, nil,
		{trust.MarkingOf(trust.Clear), trust.MarkingOf(trust.Amber)},
	} {
		for range 3 {
			raw, err := indicator("Made for the demo", creator, now, markings...)
			if err != nil {
				return nil, err
			}
			objects = append(objects, raw)
		}
	}
	return json.Marshal(map[string]any{"type": "bundle", "id": "bundle--" + uuid.Must(uuid.NewV4()).String(), "objects": objects})
}
