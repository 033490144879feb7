package auth

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"entente/trust"
)

const (
	// A verified password is known again by a keyed digest, so that only the first request
	// pays for argon2 (F-56). Each use prolongs it: whoever keeps polling is never slowed down
	// by somebody who guesses.
	verifiedFor  = time.Hour
	maxVerified  = 4096
	maxSources   = 4096 // that failed lately; more share one allowance
	maxFailures  = 30   // at once, of one source and name; then
	failureEvery = time.Second
)

// passwords checks passwords at a bounded cost: few hashes at once, and of a source that
// failed often about one a second, for each name apart.
type passwords struct {
	kdf   func(password, salt []byte, c Cost) []byte
	now   func() time.Time
	mac   func([]byte) [sha256.Size]byte
	slots chan struct{} // held while a hash is computed

	mu       sync.Mutex // guards what follows
	verified map[[sha256.Size]byte]verified
	failures map[source]*failures
}

type verified struct {
	principal trust.Principal
	until     time.Time
}

// source is whose failures are counted together: an address (IPv6: its /64) and one of nameGroups
// groups of names. Who guesses at one name seldom slows down another, who tries names without end
// is slowed down all the same, and whether a name exists plays no part: it would show (ADV-24).
type source struct {
	from  netip.Prefix
	group byte
}

const nameGroups = 16

type failures = rate.Limiter

// nobody is what the passwords of unknown users are compared with: the same work (ADV-52).
var nobody = passwordHash{cost: defaultCost, salt: make([]byte, saltSize), sum: make([]byte, 32)}

// check says whose password it is. The zero user, and one without a password, cost as much as
// a wrong password.
func (p *passwords) check(ctx context.Context, u user, name, password string, from netip.Addr) (trust.Principal, error) {
	key := p.mac([]byte(name + ":" + password)) // no name has a colon
	if known, ok := p.recall(key); ok {
		return known, nil
	}
	who := p.sourceOf(from, name)
	if p.blocked(who) {
		return trust.Principal{}, nil
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return trust.Principal{}, ctx.Err()
	}
	if known, ok := p.recall(key); ok { // verified by another request meanwhile
		return known, nil
	}
	if p.blocked(who) {
		return trust.Principal{}, nil
	}
	hash := u.hash
	if hash == nil {
		hash = &nobody
	}
	if !hash.matches(password, p.kdf) || u.hash == nil {
		p.failed(who)
		return trust.Principal{}, nil
	}
	p.remember(key, who, u.principal)
	return u.principal, nil
}

func (p *passwords) sourceOf(from netip.Addr, name string) source {
	bits := 32
	if from = from.Unmap(); from.Is6() {
		bits = 64
	}
	prefix, _ := from.Prefix(bits) // the zero prefix for the zero address
	sum := p.mac([]byte(name))     // keyed: nobody can tell which names share a group
	return source{prefix, sum[0] % nameGroups}
}

func (p *passwords) recall(key [sha256.Size]byte) (trust.Principal, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v, ok := p.verified[key]
	if now := p.now(); ok && now.Before(v.until) {
		v.until = now.Add(verifiedFor)
		p.verified[key] = v
		return v.principal, true
	}
	return trust.Principal{}, false
}

func (p *passwords) remember(key [sha256.Size]byte, who source, principal trust.Principal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	delete(p.failures, who)
	if len(p.verified) >= maxVerified {
		for k, v := range p.verified {
			if !now.Before(v.until) {
				delete(p.verified, k)
			}
		}
	}
	for k := range p.verified { // any one makes room: it is verified again when it comes back
		if len(p.verified) < maxVerified {
			break
		}
		delete(p.verified, k)
	}
	p.verified[key] = verified{principal, now.Add(verifiedFor)}
}

func (p *passwords) blocked(who source) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.failures[p.counted(who)]
	return f != nil && f.TokensAt(p.now()) < 1
}

func (p *passwords) failed(who source) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.failures[who] == nil && len(p.failures) >= maxSources {
		for k, f := range p.failures {
			if f.TokensAt(now) >= maxFailures {
				delete(p.failures, k)
			}
		}
	}
	who = p.counted(who)
	if p.failures[who] == nil {
		p.failures[who] = rate.NewLimiter(rate.Every(failureEvery), maxFailures)
	}
	p.failures[who].AllowN(now, 1)
}

// counted is where a source's failures are counted: by itself, or with all that came too late.
func (p *passwords) counted(who source) source {
	if p.failures[who] == nil && len(p.failures) >= maxSources {
		return source{}
	}
	return who
}
