package trust_test

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
)

// disagreement compares Decide with the oracle: outcome, every code, and each code's outcome.
// It is empty where they agree.
func disagreement(p *trust.Policy, s *trust.Snapshot, now time.Time, c *trust.Class, o *trust.Circumstances, to trust.Principal) string {
	outcome, codes := oracle(p, now, c, o, to)
	decision := s.Decide(c, o, to)
	decided := map[string]trust.Outcome{}
	for _, r := range decision.Reasons() {
		decided[r.Code.String()] = r.Outcome
	}
	if decision.Outcome == outcome && maps.Equal(decided, codes) {
		return ""
	}
	return fmt.Sprintf("Decide %s %v, oracle %s %v", decision.Outcome, decided, outcome, codes)
}

// tell writes out a question for whoever has to look the rule up.
func tell(p *trust.Policy, c *trust.Class, o *trust.Circumstances, to trust.Principal) string {
	var b strings.Builder
	fmt.Fprintf(&b, "to %s, %+v\nclass %+v\ncircumstances %+v\n", to, p.Members[to.ID], *c, *o)
	for _, t := range o.Targets {
		fmt.Fprintf(&b, "target (derived %t) %+v\n  %+v\n", t.Derived, *t.Class, *t.Circumstances)
	}
	fmt.Fprintf(&b, "links %+v\nagreements %+v\ncommunities %+v\nsources %+v\nlocal %+v", p.Links, p.Agreements, p.Communities, p.Sources, p.Local)
	return b.String()
}

const decisionsPerWorld = 200

// TestOracleAgreesOnRandomWorlds compares at least a million decisions; ENTENTE_ORACLE says how
// many instead, ENTENTE_ORACLE_SEED where to begin.
func TestOracleAgreesOnRandomWorlds(t *testing.T) {
	decisions, seed := fromEnvironment(t, "ENTENTE_ORACLE", 1_000_000), fromEnvironment(t, "ENTENTE_ORACLE_SEED", 1)
	workers := runtime.GOMAXPROCS(0)
	worlds := decisions/decisionsPerWorld/workers + 1
	var wait sync.WaitGroup
	found := make([]string, workers)
	for w := range workers {
		wait.Go(func() {
			for i := range worlds {
				if found[w] = compareWorld(uint64(seed) + uint64(i*workers+w)); found[w] != "" {
					return
				}
			}
		})
	}
	wait.Wait()
	for _, difference := range found {
		assert.Empty(t, difference)
	}
	t.Logf("%d random decisions from seed %d", worlds*workers*decisionsPerWorld, seed)
}

func compareWorld(seed uint64) string {
	d := newDice(seed)
	now := d.instant()
	p := d.policy(now)
	s := p.At(now)
	for range decisionsPerWorld {
		c, o, to := d.question(p, now)
		if difference := disagreement(p, s, now, c, o, to); difference != "" {
			return fmt.Sprintf("ENTENTE_ORACLE_SEED=%d: %s\n%s", seed, difference, tell(p, c, o, to))
		}
	}
	return ""
}

func fromEnvironment(t *testing.T, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}
