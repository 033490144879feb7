package auth_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
	"entente/trust/auth"
)

func TestAuthenticate(t *testing.T) {
	w := newWorld(t)
	d := w.directory(t)
	alice := trust.Principal{Kind: trust.Account, ID: "alice", Role: trust.Officer, Person: true, Compat: []string{"empty-objects"}}
	ys := trust.Principal{Kind: trust.Member, ID: "csirt-xb", Compat: []string{"empty-objects"}}
	nobody := trust.Principal{}
	chain := []*x509.Certificate{w.cert}
	unpadded := strings.TrimRight(basic("csirt-xb", memberPassword), "=")
	for _, row := range []struct {
		name string
		c    auth.Credentials
		want trust.Principal
		err  error
	}{
		{"T-8.2.2-06 Basic, an account", auth.Credentials{Authorization: basic("alice", alicePassword)}, alice, nil},
		{"Basic, a member", auth.Credentials{Authorization: basic("csirt-xb", memberPassword)}, ys, nil},
		{"7.11 the scheme in lower case, as MISP sends it", auth.Credentials{Authorization: "basic" + basic("alice", alicePassword)[5:]}, alice, nil},
		{"Basic without padding", auth.Credentials{Authorization: unpadded}, ys, nil},
		{"7.11 Bearer", auth.Credentials{Authorization: "Bearer " + w.aliceToken}, alice, nil},
		{"BEARER", auth.Credentials{Authorization: "BEARER  " + w.memberToken}, ys, nil},
		{"7.11 Token, as taxii2-client sends it", auth.Credentials{Authorization: "Token " + w.memberToken}, ys, nil},
		{"7.11 X-API-Key", auth.Credentials{APIKey: w.memberToken}, ys, nil},
		{"7.11 a certificate", auth.Credentials{Certificates: chain}, ys, nil},
		{"a certificate and its member's token", auth.Credentials{Certificates: chain, APIKey: w.memberToken}, ys, nil},
		{"a certificate that no link names, and a token", auth.Credentials{Certificates: []*x509.Certificate{w.other}, APIKey: w.memberToken}, ys, nil},

		{"nothing", auth.Credentials{}, nobody, auth.ErrNoCredentials},
		{"T-AUTH-01 a wrong password", auth.Credentials{Authorization: basic("alice", "wrong")}, nobody, auth.ErrUnauthenticated},
		{"no password", auth.Credentials{Authorization: basic("alice", "")}, nobody, auth.ErrUnauthenticated},
		{"an unknown user", auth.Credentials{Authorization: basic("mallory", alicePassword)}, nobody, auth.ErrUnauthenticated},
		{"a user without a password", auth.Credentials{Authorization: basic("robot", "")}, nobody, auth.ErrUnauthenticated},
		{"a suspended member", auth.Credentials{Authorization: basic("csirt-xc", memberPassword)}, nobody, auth.ErrUnauthenticated},
		{"the name in other letters", auth.Credentials{Authorization: basic("Alice", alicePassword)}, nobody, auth.ErrUnauthenticated},
		{"no colon", auth.Credentials{Authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte("alice"))}, nobody, auth.ErrUnauthenticated},
		{"no base64", auth.Credentials{Authorization: "Basic !"}, nobody, auth.ErrUnauthenticated},
		{"another scheme", auth.Credentials{Authorization: "Digest " + w.aliceToken}, nobody, auth.ErrUnauthenticated},
		{"only a scheme", auth.Credentials{Authorization: "Bearer"}, nobody, auth.ErrUnauthenticated},
		{"a token that has expired", auth.Credentials{APIKey: w.oldToken}, nobody, auth.ErrUnauthenticated},
		{"ADV-52 a stored hash as a token", auth.Credentials{APIKey: auth.HashToken(w.aliceToken)}, nobody, auth.ErrUnauthenticated},
		{"ADV-52 a stored hash as a password", auth.Credentials{Authorization: basic("alice", phc(alicePassword))}, nobody, auth.ErrUnauthenticated},
		{"ADV-52 a password of 1 MB", auth.Credentials{Authorization: basic("alice", repeat("x", 1<<20))}, nobody, auth.ErrUnauthenticated},
		{"ADV-52 a password that is a little too long", auth.Credentials{Authorization: basic("alice", repeat("x", 1025))}, nobody, auth.ErrUnauthenticated},
		{"ADV-52 a key of 1 MB", auth.Credentials{APIKey: repeat("x", 1<<20)}, nobody, auth.ErrUnauthenticated},
		{"ADV-52 a million dots", auth.Credentials{Authorization: "Bearer " + repeat(".", 1e6)}, nobody, auth.ErrUnauthenticated},
		{"a certificate that no link names", auth.Credentials{Certificates: []*x509.Certificate{w.other}}, nobody, auth.ErrUnauthenticated},
		{"ADV-54 one member's certificate, another's token", auth.Credentials{Certificates: chain, APIKey: w.aliceToken}, nobody, auth.ErrUnauthenticated},
		{"a certificate does not save a wrong password", auth.Credentials{Certificates: chain, Authorization: basic("csirt-xb", "wrong")}, nobody, auth.ErrUnauthenticated},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := d.Authenticate(t.Context(), row.c)
			assert.Equal(t, row.want, p)
			assert.Equal(t, row.err, err, "the error itself, with nothing wrapped in it")
		})
	}
	t.Run("a certificate that outlived itself on an open connection", func(t *testing.T) {
		w.pass(2 * time.Hour)
		_, err := d.Authenticate(t.Context(), auth.Credentials{Certificates: chain})
		assert.Equal(t, auth.ErrUnauthenticated, err)
	})
}

// T-8.2.2-07: an operator switches a scheme off.
func TestSchemesSwitchedOff(t *testing.T) {
	w := newWorld(t)
	all := map[string]auth.Credentials{
		"basic":       {Authorization: basic("alice", alicePassword)},
		"bearer":      {Authorization: "Bearer " + w.aliceToken},
		"certificate": {Certificates: []*x509.Certificate{w.cert}},
	}
	for on := range all {
		w.schemes = []string{on}
		d := w.directory(t)
		for scheme, c := range all {
			_, err := d.Authenticate(t.Context(), c)
			assert.Equal(t, scheme == on, err == nil, "%s with only %s on", scheme, on)
		}
	}
}

// A suspended link is refused whatever it shows, and comes back when the suspension ends.
func TestSuspendedLink(t *testing.T) {
	w := newWorld(t)
	shown := map[string]auth.Credentials{
		"password":    {Authorization: basic("csirt-xb", memberPassword)},
		"token":       {Authorization: "Bearer " + w.memberToken},
		"JWT":         {Authorization: "Bearer " + signed(t, jwt.SigningMethodEdDSA, w.edKey, map[string]any{"kid": "ed"}, claims())},
		"certificate": {Certificates: []*x509.Certificate{w.cert}},
	}
	for _, suspended := range []bool{false, true, false} {
		link := w.links["csirt-xb"]
		w.links["csirt-xb"] = link + fmt.Sprintf("suspended: %v\n", suspended)
		d := w.directory(t)
		w.links["csirt-xb"] = link
		for what, c := range shown {
			_, err := d.Authenticate(t.Context(), c)
			if suspended {
				assert.Equal(t, auth.ErrUnauthenticated, err, what)
			} else {
				assert.NoError(t, err, what)
			}
		}
	}
}

// ADV-52: an unknown user, a wrong password, a suspended member and a user without a password
// cost the same.
func TestRefusalsCostTheSame(t *testing.T) {
	w := newWorld(t)
	d := w.directory(t)
	for _, name := range []string{"alice", "mallory", "robot", "csirt-xb", "csirt-xc", ""} {
		before := w.computed.Load()
		_, err := d.Authenticate(t.Context(), auth.Credentials{Authorization: basic(name, "a wrong password")})
		assert.Equal(t, auth.ErrUnauthenticated, err)
		assert.EqualValues(t, 1, w.computed.Load()-before, name)
	}
}

// F-56, 7.11: only the first request pays for the password's hash.
func TestVerifiedPasswordIsKnownAgain(t *testing.T) {
	w := newWorld(t)
	d := w.directory(t)
	c := auth.Credentials{Authorization: basic("alice", alicePassword)}
	sign := func(d *auth.Directory) {
		t.Helper()
		_, err := d.Authenticate(t.Context(), c)
		require.NoError(t, err)
	}
	for range 5 {
		sign(d)
		w.pass(40 * time.Minute)
	}
	assert.EqualValues(t, 1, w.computed.Load(), "use prolongs it")
	w.pass(2 * time.Hour)
	sign(d)
	assert.EqualValues(t, 2, w.computed.Load(), "but it ends")
	sign(w.directory(t))
	assert.EqualValues(t, 3, w.computed.Load(), "a new directory knows nothing of it")
	_, err := d.Authenticate(t.Context(), auth.Credentials{Authorization: basic("alice", alicePassword+"x")})
	assert.Equal(t, auth.ErrUnauthenticated, err)
}

// ADV-52: ten thousand guesses cost a bounded number of hashes, and lock nobody out.
func TestGuessingIsSlowedDown(t *testing.T) {
	w := newWorld(t)
	c := w.config(t)
	c.Rand = bytes.NewReader(make([]byte, 32)) // alice and mallory are not of one group by this key
	d, problems := auth.New(c)
	require.Empty(t, problems)
	home, attacker := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8:0:1::1")
	right := auth.Credentials{Authorization: basic("alice", alicePassword), Source: attacker}
	_, err := d.Authenticate(t.Context(), right)
	require.NoError(t, err)

	guess := func(name string, n int) int32 {
		before := w.computed.Load()
		from := attacker
		for i := range n {
			from = from.Next() // another address of the same /64
			_, err := d.Authenticate(t.Context(), auth.Credentials{Authorization: basic(name, fmt.Sprint("guess ", i)), Source: from})
			assert.Equal(t, auth.ErrUnauthenticated, err)
		}
		return w.computed.Load() - before
	}
	assert.EqualValues(t, 30, guess("alice", 10_000))
	assert.EqualValues(t, 30, guess("mallory", 100))

	_, err = d.Authenticate(t.Context(), right)
	assert.NoError(t, err, "who was verified goes on, even from the same address")
	_, err = d.Authenticate(t.Context(), auth.Credentials{Authorization: basic("alice", alicePassword), Source: home})
	assert.NoError(t, err, "who comes from elsewhere is not slowed down")
	_, err = d.Authenticate(t.Context(), auth.Credentials{APIKey: w.aliceToken, Source: attacker})
	assert.NoError(t, err, "a token costs nothing, so none is refused")

	w.pass(3 * time.Hour) // alice is forgotten, and the failures are
	assert.EqualValues(t, 30, guess("alice", 100))
	_, err = d.Authenticate(t.Context(), right)
	assert.Equal(t, auth.ErrUnauthenticated, err, "the right one waits too")
	w.pass(time.Second)
	_, err = d.Authenticate(t.Context(), right)
	assert.NoError(t, err, "but not for long")
	assert.EqualValues(t, 30, guess("alice", 100), "and its success ends the failures")
}

// ADV-24, ADV-52: names without end are slowed down too, and then one that exists costs as little as
// one that does not: a refusal's time tells nothing of it.
func TestGuessingNames(t *testing.T) {
	w := newWorld(t)
	d := w.directory(t)
	guess := func(name string) int32 {
		before := w.computed.Load()
		_, err := d.Authenticate(t.Context(), auth.Credentials{Authorization: basic(name, "wrong")})
		assert.Equal(t, auth.ErrUnauthenticated, err)
		return w.computed.Load() - before
	}
	total := int32(0)
	for i := range 5000 {
		total += guess(fmt.Sprint("nobody ", i))
	}
	assert.EqualValues(t, 16*30, total)
	for _, name := range []string{"alice", "mallory", "csirt-xb"} {
		assert.Zero(t, guess(name), name)
	}
}

// A flood from many addresses fills a table of bounded size; those beyond it share one allowance.
func TestGuessingFromEverywhere(t *testing.T) {
	w := newWorld(t)
	d := w.directory(t)
	from := netip.MustParseAddr("10.0.0.0")
	flood := func(n int) int32 {
		before := w.computed.Load()
		for range n {
			from = from.Next()
			_, err := d.Authenticate(t.Context(), auth.Credentials{Authorization: basic("alice", "wrong"), Source: from})
			assert.Equal(t, auth.ErrUnauthenticated, err)
		}
		return w.computed.Load() - before
	}
	assert.EqualValues(t, 4096+30, flood(6000))
	w.pass(time.Minute)
	assert.EqualValues(t, 1000, flood(1000), "old failures make room")
}

// One hash at a time: those who wait go on when their turn comes or their request ends, and
// many requests with the same right password cost one hash.
func TestHashesWaitForTheirTurn(t *testing.T) {
	w := newWorld(t)
	w.gate = make(chan struct{})
	d := w.directory(t)
	c := auth.Credentials{Authorization: basic("alice", alicePassword)}
	var started, done sync.WaitGroup
	for range 20 {
		started.Add(1)
		done.Go(func() {
			started.Done()
			p, err := d.Authenticate(context.Background(), c)
			assert.NoError(t, err)
			assert.Equal(t, "alice", p.ID)
		})
	}
	started.Wait()
	<-w.gate
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.Authenticate(ctx, auth.Credentials{Authorization: basic("csirt-xb", memberPassword)})
	assert.ErrorIs(t, err, context.Canceled, "the slot is taken, and the request is gone")

	w.gate <- struct{}{}
	done.Wait()
	assert.EqualValues(t, 1, w.computed.Load())
}

// ADV-52: guesses that arrive together are counted like those that arrive one by one.
func TestGuessingAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.gate = make(chan struct{})
		d := w.directory(t)
		var guesses sync.WaitGroup
		for i := range 50 {
			guesses.Go(func() {
				_, err := d.Authenticate(context.Background(), auth.Credentials{Authorization: basic("alice", fmt.Sprint("guess ", i))})
				assert.Equal(t, auth.ErrUnauthenticated, err)
			})
		}
		synctest.Wait() // all wait for the first
		for range 30 {
			<-w.gate
			w.gate <- struct{}{}
		}
		guesses.Wait()
		assert.EqualValues(t, 30, w.computed.Load())
	})
}

func TestAuthenticateInParallel(t *testing.T) {
	w := newWorld(t)
	c := w.config(t)
	c.Parallel = 4
	d, problems := auth.New(c)
	require.Empty(t, problems)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				from := netip.AddrFrom4([4]byte{10, 0, byte(i), byte(j)})
				name, password, want := "alice", alicePassword, error(nil)
				if j%3 == 0 {
					password, want = fmt.Sprint("guess ", j), auth.ErrUnauthenticated
				}
				_, err := d.Authenticate(context.Background(), auth.Credentials{Authorization: basic(name, password), Source: from})
				assert.Equal(t, want, err)
				p, err := d.Authenticate(context.Background(), auth.Credentials{APIKey: w.memberToken, Source: from})
				assert.NoError(t, err)
				assert.Equal(t, "csirt-xb", p.ID)
			}
		})
	}
	wg.Wait()
}

// Many who are verified fill a table of bounded size; who falls out is verified again.
func TestManyVerified(t *testing.T) {
	w := newWorld(t)
	var b strings.Builder
	b.WriteString("format: 1\naccounts:\n")
	for i := range 4100 {
		fmt.Fprintf(&b, "  - {name: user-%d, role: reader, kind: person, password: %q}\n", i, phc("password"))
	}
	w.accounts = b.String()
	d := w.directory(t)
	all := func() {
		for i := range 4100 {
			_, err := d.Authenticate(t.Context(), auth.Credentials{Authorization: basic(fmt.Sprintf("user-%d", i), "password")})
			require.NoError(t, err)
		}
	}
	all()
	w.pass(2 * time.Hour)
	all()
	assert.EqualValues(t, 8200, w.computed.Load())
}

func FuzzAuthorization(f *testing.F) {
	for _, s := range []string{"Basic YWxpY2U6eA==", "bearer x", "Token a.b.c", "Basic", " ", "Bearer eyJhbGciOiJub25lIn0.e30.", "\x00\xff"} {
		f.Add(s)
	}
	w := newWorld(f)
	d := w.directory(f)
	f.Fuzz(func(t *testing.T, header string) {
		p, err := d.Authenticate(t.Context(), auth.Credentials{Authorization: header})
		if err == nil || p.Kind != trust.Nobody {
			t.Fatalf("%q is %v, %v", header, p, err)
		}
	})
}

// F-56: what a request costs once its password is known, and what a token costs.
func BenchmarkAuthenticate(b *testing.B) {
	w := newWorld(b)
	d := w.directory(b)
	for name, c := range map[string]auth.Credentials{
		"basic":  {Authorization: basic("alice", alicePassword)},
		"bearer": {Authorization: "Bearer " + w.aliceToken},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Authenticate(b.Context(), c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
