package main

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
	"entente/taxii/client"
)

// client is a TAXII client of a member, a local account or nobody.
func (w *world) client(who string) *client.Client {
	w.t.Helper()
	if c := w.clients[who]; c != nil {
		return c
	}
	cfg := client.Config{Discovery: w.at.TAXII, AllowHTTP: true, Attempts: 1}
	if who != anonymous {
		cfg.Credentials.Token = client.StaticToken(tokenOf(who))
	}
	c, err := client.New(cfg)
	require.NoError(w.t, err)
	w.clients[who] = c
	return c
}

func (w *world) collection(who, alias string) (*client.Client, client.Collection) {
	w.t.Helper()
	c := w.client(who)
	root, err := c.APIRoot(w.t.Context(), w.at.Root)
	require.NoError(w.t, err)
	col, err := c.Collection(w.t.Context(), root, alias)
	require.NoError(w.t, err)
	return c, col
}

// view is what one reader gets of a collection.
type view struct {
	names  []string // in order of date_added
	bodies map[string]string
	added  map[string]time.Time
	last   time.Time // X-TAXII-Date-Added-Last: where a poller goes on
}

func (v *view) add(w *world, page client.Page[[]byte]) {
	for _, raw := range page.Items {
		name := nameOf(w.t, string(raw))
		require.NotContains(w.t, v.bodies, name, "one body for each version")
		v.names, v.bodies[name] = append(v.names, name), string(raw)
	}
	v.last = page.Last
}

// home is the collection that is for a reader: a member's own, or the public one.
func home(who string) string {
	if who == anonymous {
		return "public"
	}
	return "for-" + who
}

// glance reads a collection in one style: every version, by next, from a date on.
func (w *world) glance(who, alias string, after time.Time) view {
	w.t.Helper()
	c, col := w.collection(who, alias)
	v := view{bodies: map[string]string{}}
	q := client.Mirror(after)
	for page, err := range c.Pages(w.t.Context(), col, q) {
		require.NoError(w.t, err)
		v.add(w, page)
	}
	return v
}

// read reads a collection in every style that clients have, which all must see the same.
func (w *world) read(who, alias string) view {
	w.t.Helper()
	c, col := w.collection(who, alias)
	v := w.glance(who, alias, time.Time{})
	assert.Equal(w.t, v.names, w.byNext(c, col), "by next, two a page")
	assert.Equal(w.t, v.names, w.byDate(c, col), "by added_after, two a page")
	v.added = w.manifest(c, col, v)
	w.newest(c, col, v)
	return v
}

func (w *world) byNext(c *client.Client, col client.Collection) []string {
	w.t.Helper()
	v := view{bodies: map[string]string{}}
	q := client.Mirror(time.Time{})
	q.Limit = 2
	for page, err := range c.Pages(w.t.Context(), col, q) {
		require.NoError(w.t, err)
		v.add(w, page)
	}
	return v.names
}

// byDate polls as clients do that do not know of next.
func (w *world) byDate(c *client.Client, col client.Collection) []string {
	w.t.Helper()
	v := view{bodies: map[string]string{}}
	for q := client.Mirror(time.Time{}); ; q.AddedAfter = v.last {
		q.Limit = 2
		page, err := c.Objects(w.t.Context(), col, q)
		require.NoError(w.t, err)
		v.add(w, page)
		if !page.More {
			return v.names
		}
	}
}

// manifest reads when each version was added, and compares the manifest with the objects. What has
// no versions of its own has dates there that its bytes do not tell.
func (w *world) manifest(c *client.Client, col client.Collection, v view) map[string]time.Time {
	w.t.Helper()
	added, listed := map[string]time.Time{}, []string(nil)
	for page, err := range c.ManifestPages(w.t.Context(), col, client.Mirror(time.Time{})) {
		require.NoError(w.t, err)
		for _, r := range page.Items {
			name := string(r.ID) + "@" + r.Version
			if _, versioned := v.bodies[name]; !versioned {
				name = string(r.ID)
			}
			at, err := taxii.ParseTimestamp(r.DateAdded)
			require.NoError(w.t, err)
			listed, added[name] = append(listed, name), at
		}
	}
	assert.Equal(w.t, v.names, listed, "the manifest")
	return added
}

// newest asks without filters: each object once, in its latest version.
func (w *world) newest(c *client.Client, col client.Collection, v view) {
	w.t.Helper()
	want := map[string]string{}
	for _, name := range v.names {
		id, _, _ := strings.Cut(name, "@")
		want[id] = max(want[id], name)
	}
	var got []string
	for page, err := range c.Pages(w.t.Context(), col, client.Query{}) {
		require.NoError(w.t, err)
		for _, raw := range page.Items {
			got = append(got, nameOf(w.t, string(raw)))
		}
	}
	assert.ElementsMatch(w.t, slices.Collect(maps.Values(want)), got, "the latest versions")
}

// known are those of the names that the test put into the node. What else a reader sees, the
// node made itself: notices, and what goes along with them.
func (w *world) known(names []string) []string {
	list := []string{}
	for _, name := range names {
		if _, ok := w.sent[name]; ok {
			list = append(list, name)
		}
	}
	return list
}

// shows requires that a reader sees exactly these objects in its collection, byte for byte.
func (w *world) shows(who string, objects ...object) view {
	w.t.Helper()
	return w.showsIn(who, home(who), objects...)
}

// showsIn is shows for any collection.
func (w *world) showsIn(who, alias string, objects ...object) view {
	w.t.Helper()
	v := w.read(who, alias)
	if assert.ElementsMatch(w.t, names(objects), w.known(v.names), "what %q sees in %s", who, alias) {
		for _, o := range objects {
			assert.Equal(w.t, o.text(), v.bodies[o.name()], "the bytes that were sent")
		}
	}
	return v
}

// comesToShow waits until a reader sees exactly these objects, and then is shows.
func (w *world) comesToShow(who string, objects ...object) view {
	w.t.Helper()
	want := slices.Sorted(slices.Values(names(objects)))
	w.soon("what "+who+" sees", func() bool {
		return slices.Equal(want, slices.Sorted(slices.Values(w.known(w.glance(who, home(who), time.Time{}).names))))
	})
	return w.shows(who, objects...)
}

// comesToHave waits until a reader sees an object, whatever else it sees.
func (w *world) comesToHave(who string, o object) {
	w.t.Helper()
	var body string
	w.soon("that "+who+" sees "+o.name(), func() bool {
		body = w.glance(who, home(who), time.Time{}).bodies[o.name()]
		return body != ""
	})
	assert.Equal(w.t, o.text(), body, "byte for byte")
}

// judged requires that a member sees an object, or not, and that the explanation says so and why:
// "release", or an outcome and the primary check, as in "withhold ceiling"; or an outcome alone,
// where several checks may be the first.
func (w *world) judged(o object, to, want string) {
	w.t.Helper()
	outcome, primary, _ := strings.Cut(want, " ")
	v := w.read(to, home(to))
	switch {
	case outcome != "release":
		assert.NotContains(w.t, v.names, o.name(), "it is not released")
		w.unknown(o, to)
	case assert.Contains(w.t, v.names, o.name(), "it is released"):
		assert.Equal(w.t, o.text(), v.bodies[o.name()], "byte for byte")
		w.offered(o, to)
	}
	if to == anonymous {
		return // nobody to explain it of
	}
	e := w.explain(o, to)
	assert.Equal(w.t, outcome, e.Decision, "%+v", e)
	if primary != "" || outcome == "release" {
		assert.Equal(w.t, primary, e.Primary, "%+v", e)
	}
	for _, c := range e.Checks {
		if c.Code == e.Primary && c.Outcome == outcome {
			return
		}
	}
	assert.Equal(w.t, "release", outcome, "the check that decided is among the checks: %+v", e.Checks)
}

// offered requires that an object that is seen can be asked for by itself.
func (w *world) offered(o object, to string) {
	w.t.Helper()
	c, col := w.collection(to, home(to))
	page, err := c.Object(w.t.Context(), col, stix.ID(o.id()), client.Mirror(time.Time{}))
	require.NoError(w.t, err)
	assert.Contains(w.t, page.Items, []byte(o.text()))
	if modified, ok := o["modified"].(string); ok {
		versions, err := c.Versions(w.t.Context(), col, stix.ID(o.id()), client.Query{})
		require.NoError(w.t, err)
		assert.Contains(w.t, versions.Items, modified)
	}
}

// unknown requires that an id looks, whatever is asked, like one that nobody ever used (I-1).
func (w *world) unknown(o object, to string) {
	w.t.Helper()
	twin := object{"id": o["type"].(string) + "--" + uuid.Must(uuid.NewV4()).String()}
	assert.Equal(w.t, w.refusals(twin, to), w.refusals(o, to))
}

// refusals are the answers to every question about one object, without what is random in them.
func (w *world) refusals(o object, to string) (answers []taxii.Error) {
	w.t.Helper()
	c, col := w.collection(to, home(to))
	id := stix.ID(o.id())
	_, one := c.Object(w.t.Context(), col, id, client.Mirror(time.Time{}))
	_, versions := c.Versions(w.t.Context(), col, id, client.Query{})
	for _, err := range []error{one, versions} {
		var refused *client.Error
		require.True(w.t, errors.As(err, &refused), "%s is answered with %v", id, err)
		assert.Equal(w.t, http.StatusNotFound, refused.Status)
		refused.Taxii.ErrorID = ""
		answers = append(answers, refused.Taxii)
	}
	for _, filter := range []client.Query{{IDs: []stix.ID{id}}, {IDs: []stix.ID{id}, Versions: []string{"all"}}} {
		objects, err := c.Objects(w.t.Context(), col, filter)
		require.NoError(w.t, err)
		manifest, err := c.Manifest(w.t.Context(), col, filter)
		require.NoError(w.t, err)
		assert.Empty(w.t, objects.Items)
		assert.Empty(w.t, manifest.Items)
	}
	return answers
}

// notices are the notes of the node's own that a member sees about an object.
func (w *world) notices(o object, to string) (list []string) {
	w.t.Helper()
	for name, raw := range w.glance(to, home(to), time.Time{}).bodies {
		var note object
		require.NoError(w.t, json.Unmarshal([]byte(raw), &note))
		if _, sent := w.sent[name]; !sent && note["type"] == "note" && strings.Contains(raw, o.id()) {
			list = append(list, raw)
		}
	}
	return list
}

// told requires that a notice about an object reaches a member: it has the id, the version and the
// reason, and nothing of the content.
func (w *world) told(o object, to, reason string) {
	w.t.Helper()
	var list []string
	w.soon("a notice to "+to, func() bool { list = w.notices(o, to); return len(list) > 0 })
	require.Len(w.t, list, 1)
	assert.Contains(w.t, list[0], reason)
	if version, ok := o["modified"].(string); ok {
		assert.Contains(w.t, list[0], version)
	}
	for _, key := range []string{"name", "pattern", "value", "content"} {
		if text, ok := o[key].(string); ok {
			assert.NotContains(w.t, list[0], text, key)
		}
	}
}

// untold requires that a member has no notice about an object.
func (w *world) untold(o object, to string) {
	w.t.Helper()
	assert.Empty(w.t, w.notices(o, to))
}
