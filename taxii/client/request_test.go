package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
	"entente/taxii/client"
)

const interopChallenge = `Basic realm="taxii", type=1, title="Login to \"apps\"", Basic realm="simple"`

// basic is the interoperability document's user.
func basic(c *client.Config) {
	c.Credentials = client.Credentials{User: "test", Password: "Passw0rd!"}
}

func challenge(value string) reply {
	return reply{status: 401, header: map[string]string{"WWW-Authenticate": value}, body: `{"title":"Unauthorized","http_status":"401"}`}
}

func TestAuthentication(t *testing.T) {
	const basicHeader = "Basic dGVzdDpQYXNzdzByZCE="
	tokens := func(list ...string) func(context.Context, string) (string, error) {
		return func(_ context.Context, refused string) (string, error) {
			for _, token := range list {
				if token != refused {
					return token, nil
				}
			}
			return refused, nil
		}
	}
	ok := reply{body: `{"title":"t"}`}
	for name, row := range map[string]struct {
		credentials client.Credentials
		replies     []reply
		sent        []string // Authorization of each request
		good        bool
	}{
		"C-8.5.1-04 I-3.1.4 Basic":                {client.Credentials{User: "test", Password: "Passw0rd!"}, []reply{ok}, []string{basicHeader}, true},
		"C-8.5.1-05 Bearer":                       {client.Credentials{Token: client.StaticToken("tok")}, []reply{ok}, []string{"Bearer tok"}, true},
		"I-3.1.1 no credentials":                  {client.Credentials{}, []reply{challenge(interopChallenge)}, []string{""}, false},
		"I-3.1.2 wrong password, no second try":   {client.Credentials{User: "test", Password: "Passw0rd!"}, []reply{challenge(interopChallenge)}, []string{basicHeader}, false},
		"C-5.5-06 401: a fresh token, once":       {client.Credentials{Token: tokens("a", "b")}, []reply{challenge("Bearer"), ok}, []string{"Bearer a", "Bearer b"}, true},
		"C-5.5-06 401 without any challenge":      {client.Credentials{Token: tokens("a", "b")}, []reply{{status: 401}, ok}, []string{"Bearer a", "Bearer b"}, true},
		"C-5.5-06 401 again: the end":             {client.Credentials{Token: tokens("a", "b")}, []reply{challenge("Bearer")}, []string{"Bearer a", "Bearer b"}, false},
		"a token that cannot be renewed":          {client.Credentials{Token: tokens("a")}, []reply{challenge("Bearer")}, []string{"Bearer a"}, false},
		"C-1.6.9-01 Basic where only it is asked": {client.Credentials{User: "test", Password: "Passw0rd!", Token: tokens("a")}, []reply{challenge("basic realm=x"), ok}, []string{"Bearer a", basicHeader}, true},
		"C-1.6.9-01 no scheme that it knows":      {client.Credentials{User: "test", Password: "Passw0rd!", Token: tokens("a")}, []reply{challenge("Negotiate abc==")}, []string{"Bearer a"}, false},
		"C-1.6.9-01 a scheme in a parameter":      {client.Credentials{User: "test", Password: "Passw0rd!", Token: tokens("a")}, []reply{challenge(`Digest Basic="x", title="Basic, Bearer"`)}, []string{"Bearer a"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET /taxii2/": row.replies})
			c := f.client(t, func(c *client.Config) { c.Credentials = row.credentials })
			_, err := c.Discover(t.Context())
			if row.good {
				require.NoError(t, err)
				_, err = c.Discover(t.Context())
				require.NoError(t, err)
				row.sent = append(row.sent, row.sent[len(row.sent)-1])
				if row.credentials.Token != nil && strings.HasPrefix(row.sent[0], "Bearer") && row.sent[len(row.sent)-1] == "Bearer b" {
					row.sent[len(row.sent)-1] = "Bearer a" // the source decides which token is current
				}
			} else {
				assert.ErrorIs(t, err, client.ErrUnauthorized)
			}
			var sent []string
			for _, r := range f.requests() {
				sent = append(sent, r.Header.Get("Authorization"))
			}
			assert.Equal(t, row.sent, sent)
			assert.Empty(t, f.slept, "a 401 is not waited out")
		})
	}
}

func TestUnauthorizedTellsTheChallenges(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET /taxii2/": {challenge(interopChallenge)}})
	_, err := f.client(t).Discover(t.Context())
	var refusal *client.Error
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, []client.Challenge{
		{Scheme: "Basic", Params: map[string]string{"realm": "taxii", "type": "1", "title": `Login to "apps"`}},
		{Scheme: "Basic", Params: map[string]string{"realm": "simple"}},
	}, refusal.Challenges, "I-3.1.1 C-1.6.9-01")
	assert.Equal(t, "Unauthorized", refusal.Taxii.Title)
}

func TestTokenSourceFails(t *testing.T) {
	broken := errors.New("vault is sealed")
	for name, row := range map[string]struct {
		token string
		err   error
	}{
		"an error":       {"", broken},
		"an empty token": {"", nil},
		"a line break":   {"a\r\nX: y", nil},
		"a space":        {"a b", nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, nil)
			_, err := f.client(t, func(c *client.Config) {
				c.Credentials.Token = func(context.Context, string) (string, error) { return row.token, row.err }
			}).Discover(t.Context())
			require.Error(t, err)
			if row.err != nil {
				assert.ErrorIs(t, err, broken)
			}
			assert.Empty(t, f.requests())
		})
	}
}

func TestErrors(t *testing.T) {
	full := taxii.Error{Title: "T", Description: "D", ErrorID: "I", ErrorCode: "C", ExternalDetails: "https://x/", Details: map[string]any{"a": "b"}}
	is := map[int]error{400: client.ErrBadRequest, 401: client.ErrUnauthorized, 403: client.ErrForbidden, 404: client.ErrNotFound, 413: client.ErrTooLarge}
	for _, status := range []int{400, 401, 403, 404, 406, 413, 415, 422, 500} {
		withStatus := full
		withStatus.HTTPStatus = fmt.Sprint(status)
		for name, row := range map[string]struct {
			body, contentType string
			want              taxii.Error
		}{
			"no body":      {"", "", taxii.Error{}},
			"foreign body": {"<html>sorry</html>", "text/html", taxii.Error{}},
			"error body": {fmt.Sprintf(`{"title":"T","description":"D","error_id":"I","error_code":"C","http_status":"%d","external_details":"https://x/","details":{"a":"b"}}`, status),
				t21, withStatus},
			"a number as http_status, as JSON (OpenCTI)": {fmt.Sprintf(`{"title":"T","description":"D","error_id":"I","error_code":"C","http_status":%d,"external_details":"https://x/","details":{"a":"b"}}`, status),
				"application/json", withStatus},
			"name for title (OpenTAXII)":      {`{"code":1,"name":"N","description":"D"}`, "application/json", taxii.Error{Title: "N", Description: "D"}},
			"members of other types":          {`{"title":{},"description":["x"],"details":"y"}`, t21, taxii.Error{}},
			"a body that is longer than any":  {`{"title":"T","x":"` + strings.Repeat("x", 1<<20) + `"}`, t21, taxii.Error{}},
			"a title that is longer than any": {`{"title":"` + strings.Repeat("ü", 200) + `"}`, t21, taxii.Error{Title: strings.Repeat("ü", 128) + "…"}},
		} {
			t.Run(fmt.Sprintf("C-3.6.1-01 %d %s", status, name), func(t *testing.T) {
				f := newFake(t, map[string][]reply{"GET /taxii2/": {{status: status, body: row.body, header: map[string]string{"Content-Type": row.contentType}}}})
				_, err := f.client(t).Discover(t.Context())
				var refusal *client.Error
				require.ErrorAs(t, err, &refusal)
				assert.Equal(t, status, refusal.Status)
				assert.Equal(t, row.want, refusal.Taxii)
				assert.Contains(t, err.Error(), fmt.Sprint(status))
				for s, sentinel := range is {
					assert.Equal(t, s == status, errors.Is(err, sentinel))
				}
				assert.Len(t, f.requests(), 1, "C-5.5-06: none of these is repeated")
			})
		}
	}
}

func TestErrorCodesAreNotInterpreted(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET /taxii2/": {{status: 400, body: `{"title":"T","error_code":"404","http_status":"503"}`}}})
	_, err := f.client(t).Discover(t.Context())
	assert.ErrorIs(t, err, client.ErrBadRequest, "C-3.6.1-02: the status line is what counts")
	assert.NotErrorIs(t, err, client.ErrNotFound, "C-3.6.1-02")
	assert.Len(t, f.requests(), 1)
}

func TestErrorText(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET " + objectsPath: {{status: 400, body: `{"title":"T\u001b[31m","description":"line\nbreak","error_id":"e\r1"}`}}})
	_, err := f.client(t).Objects(t.Context(), f.collection(), client.Query{Types: []string{"secret"}})
	require.Error(t, err)
	assert.Equal(t, `GET `+f.URL+objectsPath+`: 400 Bad Request: "T\x1b[31m": "line\nbreak" (error_id "e\r1")`, err.Error(), "quoted, without the query")
}

func TestRetries(t *testing.T) {
	ok := reply{body: `{"title":"t"}`}
	when := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	later := func(status int, retryAfter string) reply {
		return reply{status: status, header: map[string]string{"Retry-After": retryAfter, "Date": when.Format(http.TimeFormat)}}
	}
	for name, row := range map[string]struct {
		replies  []reply
		requests int
		slept    []time.Duration
		good     bool
	}{
		"C-5.5-06 503 honours Retry-After":                {[]reply{later(503, "7"), ok}, 2, []time.Duration{7 * time.Second}, true},
		"C-5.5-06 429 honours Retry-After":                {[]reply{later(429, "7"), ok}, 2, []time.Duration{7 * time.Second}, true},
		"a date is read by the server's clock":            {[]reply{later(503, when.Add(9*time.Second).Format(http.TimeFormat)), ok}, 2, []time.Duration{9 * time.Second}, true},
		"a date in the past: our own pause":               {[]reply{later(503, when.Add(-time.Hour).Format(http.TimeFormat)), ok}, 2, []time.Duration{250 * time.Millisecond}, true},
		"garbage: our own pause":                          {[]reply{later(503, "soon"), ok}, 2, []time.Duration{250 * time.Millisecond}, true},
		"F-43 429 without Retry-After, doubling, bounded": {[]reply{later(429, "")}, 4, []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second}, false},
		"a gateway's error passes":                        {[]reply{later(502, ""), later(504, ""), ok}, 3, []time.Duration{250 * time.Millisecond, 500 * time.Millisecond}, true},
		"longer than we wait: the caller's turn":          {[]reply{later(503, "3600"), ok}, 1, nil, false},
		"a dropped connection":                            {[]reply{{do: drop}, ok}, 2, []time.Duration{250 * time.Millisecond}, true},
		"always dropped":                                  {[]reply{{do: drop}}, 4, []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second}, false},
		"500 does not pass by itself":                     {[]reply{later(500, "1"), ok}, 1, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET /taxii2/": row.replies})
			_, err := f.client(t).Discover(t.Context())
			assert.Equal(t, row.good, err == nil, "%v", err)
			assert.Len(t, f.requests(), row.requests)
			assert.Equal(t, row.slept, f.slept)
		})
	}
}

func TestThrottledTellsWhen(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET /taxii2/": {{status: 429, header: map[string]string{"Retry-After": "99999999"}}}})
	_, err := f.client(t).Discover(t.Context())
	var refusal *client.Error
	require.ErrorAs(t, err, &refusal)
	assert.ErrorIs(t, err, client.ErrThrottled)
	assert.Equal(t, 24*time.Hour, refusal.RetryAfter, "however long it says")
}

func TestCancelledWhileWaiting(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET /taxii2/": {{status: 503}}})
	ctx, cancel := context.WithCancel(t.Context())
	c := f.client(t, func(c *client.Config) {
		c.Sleep = nil // the real one
		c.Logger = nil
		c.Jitter = func() float64 { cancel(); return 1 }
	})
	_, err := c.Discover(ctx)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Len(t, f.requests(), 1)
}

// Many callers share one client; each must get the answer to its own question.
func TestParallelReads(t *testing.T) {
	script := map[string][]reply{}
	for i := range 8 {
		script[fmt.Sprintf("GET %sx--%d/", objectsPath, i)] = []reply{{body: fmt.Sprintf(`{"objects":[%d]}`, i)}}
	}
	f := newFake(t, script)
	c := f.client(t, func(c *client.Config) { c.Credentials.Token = client.StaticToken("tok") })
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 20 {
				p, err := c.Object(t.Context(), f.collection(), stix.ID(fmt.Sprintf("x--%d", i)), client.Query{})
				assert.NoError(t, err)
				assert.Equal(t, []string{fmt.Sprint(i)}, texts(p.Items), "F-01: no answer holds another's object")
			}
		})
	}
	group.Wait()
}
