package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"regexp"
	"strconv"
	"time"

	"entente/configs"
	"entente/stix"
	"entente/taxii"
	"entente/trust"
	"entente/trust/auth"
	"entente/trust/exchange"
)

// Registry is who may sign in. Its changes are written and in force when they return.
type Registry interface {
	Accounts() auth.Accounts
	ChangeAccounts(change func(auth.Accounts) (auth.Accounts, error)) error
	MemberTokens() ([]MemberToken, error)
	AddMemberToken(member, hash string) error // [ErrNoMember]
	RemoveMemberToken(id string) error        // [auth.ErrNoToken]

	// ReadPolicy reads the policy folder as it is now, and ApplyPolicy hands it to apply and follows
	// what that put in force. [configs.Problems] is all that speaks against the folder.
	ReadPolicy() (exchange.Revision, error)
	ApplyPolicy(apply func(exchange.Revision) (exchange.Change, error)) (exchange.Change, error)
}

// ErrNoMember is a member that the policy does not know.
var ErrNoMember = errors.New("no such member")

// MemberToken is what is kept of a member's token: the beginning of its hash names it.
type MemberToken struct{ Member, ID string }

// Publisher takes what the administration publishes, and knows where it goes. See trust/exchange.
type Publisher interface {
	Publish(ctx context.Context, p trust.Principal, pub exchange.Publication) (taxii.Status, error)
	Published(ctx context.Context, job string) (done int, err error)
	Names() map[string]string
}

// Officer does what people decide: about the policy, about what waits, and about what was released.
// An error of type [exchange.Refusal] is meant for who asked. See trust/exchange.
type Officer interface {
	Plan(ctx context.Context, p *trust.Policy) (exchange.Change, error)
	Apply(ctx context.Context, r exchange.Revision) (exchange.Change, error)
	History(ctx context.Context) ([]exchange.Applied, error)
	Explain(ctx context.Context, object stix.ID, member string) (exchange.Explanation, error)
	Held(ctx context.Context, choice exchange.HoldChoice) ([]exchange.Held, error)
	Approve(ctx context.Context, choice exchange.HoldChoice, as trust.Level, by, reason string) ([]exchange.Held, error)
	Deny(ctx context.Context, choice exchange.HoldChoice, by, reason string) ([]exchange.Held, error)
	ReleaseTo(ctx context.Context, object stix.ID, members []string, by, reason string) error
	Recall(ctx context.Context, object stix.ID, by, reason string) (exchange.Recall, error)
	Suspects(ctx context.Context) ([]exchange.Suspect, error)
	Suspect(ctx context.Context, object stix.ID, key uint64) (s exchange.Suspect, raw, against []byte, err error)
	Free(ctx context.Context, object stix.ID, key uint64, by, reason string) error
	Purge(ctx context.Context, object stix.ID, key uint64, by, reason string) error
}

// Ledger is the disclosure ledger as people look at it. See trust/exchange.
type Ledger interface {
	Ledger(ctx context.Context, choice exchange.LedgerChoice, yield func(exchange.LedgerEntry) error) error
	ExportLedger(ctx context.Context, w io.Writer) error
	LedgerHead(ctx context.Context) (signed []byte, err error)
	Prove(ctx context.Context, object stix.ID, member string) (exchange.Proof, error)
	PurgeLedger(ctx context.Context, seq int64, by, reason string) error
}

// Config is what a Server needs. Fields with a default may be left zero.
type Config struct {
	Registry  Registry
	Publisher Publisher
	Officer   Officer
	Ledger    Ledger

	Owner int              // the uid that may call, beside root; default the process's own
	Now   func() time.Time // default time.Now
	Rand  io.Reader        // makes passwords and tokens
	Log   *slog.Logger     // default slog.Default()
}

// Server answers on the socket.
type Server struct {
	cfg Config
	mux *http.ServeMux
}

// asHeader names the person in whose name a shared uid calls.
const asHeader = "Entente-As"

var authorName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// NewServer makes a server. It does not listen: see [Listen].
func NewServer(cfg Config) *Server {
	if cfg.Owner == 0 {
		cfg.Owner = os.Geteuid()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	s := &Server{cfg: cfg, mux: http.NewServeMux()}
	for pattern, r := range map[string]route{
		"GET /accounts":                     {trust.Admin, s.listAccounts},
		"POST /accounts":                    {trust.Admin, s.addAccount},
		"DELETE /accounts/{name}":           {trust.Admin, s.removeAccount},
		"GET /tokens":                       {trust.Admin, s.listTokens},
		"POST /tokens":                      {trust.Admin, s.issueToken},
		"DELETE /tokens/{id}":               {trust.Admin, s.revokeToken},
		"GET /collections":                  {trust.Reader, s.collections},
		"GET /publications/{job}":           {trust.Analyst, s.published},
		"POST /publications":                {trust.Analyst, s.publish},
		"GET /policy/plan":                  {trust.Officer, s.plan},
		"POST /policy/apply":                {trust.Officer, s.apply},
		"GET /policy/history":               {trust.Analyst, s.history},
		"GET /policy/explain":               {trust.Analyst, s.explain},
		"GET /holds":                        {trust.Analyst, s.held},
		"POST /holds/approve":               {trust.Analyst, s.approve},
		"POST /holds/deny":                  {trust.Analyst, s.deny},
		"GET /quarantine":                   {trust.Analyst, s.suspects},
		"GET /quarantine/{object}":          {trust.Analyst, s.suspect},
		"POST /quarantine/{object}/release": {trust.Officer, s.free},
		"POST /quarantine/{object}/purge":   {trust.Officer, s.purge},
		"POST /objects/{object}/release":    {trust.Analyst, s.release},
		"POST /objects/{object}/recall":     {trust.Analyst, s.recall},
		"GET /ledger":                       {trust.Analyst, s.ledger},
		"GET /ledger/head":                  {trust.Analyst, s.ledgerHead},
		"GET /ledger/proof":                 {trust.Analyst, s.prove},
		"GET /ledger/export":                {trust.Officer, s.exportLedger},
		"POST /ledger/{seq}/purge":          {trust.Admin, s.purgeLedger},
	} {
		s.mux.Handle(pattern, s.guard(r))
	}
	return s
}

// HTTP is the server for the listener that [Listen] gives.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler:           s.mux,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, c)
		},
	}
}

type connectionKey struct{}

// call is one request, in whose name it comes, and what they may do.
type call struct {
	*http.Request
	author string
	role   trust.Role
}

// route is the role that a call needs, and what answers it: with a value for JSON, nil for nothing
// to say, or with a stream.
type route struct {
	needs trust.Role
	do    func(call) (any, error)
}

// guard lets the owner and root in, and writes the answer.
func (s *Server) guard(to route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := s.caller(r)
		if err == nil {
			err = c.mustBe(to.needs)
		}
		var v any
		if err == nil {
			r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
			v, err = to.do(c)
		}
		if err != nil {
			status := statusOf(err)
			if status == http.StatusInternalServerError {
				s.cfg.Log.Error("administration failed", "author", c.author, "path", r.Pattern, "error", err)
			}
			answer(w, status, problem{err.Error()})
			return
		}
		if content, long := v.(stream); long {
			s.send(w, c, content)
			return
		}
		answer(w, http.StatusOK, v)
	}
}

// caller is who calls: the kernel says which user, and the user may say which person. The node's
// user may do all that there is; in the name of an account, what its role may.
func (s *Server) caller(r *http.Request) (call, error) {
	c, ok := r.Context().Value(connectionKey{}).(*connection)
	if !ok || !c.known || c.uid != 0 && int(c.uid) != s.cfg.Owner {
		return call{}, forbidden{"only the node's own user and root may administer it"}
	}
	if as := r.Header.Get(asHeader); as != "" {
		if !authorName.MatchString(as) {
			return call{}, forbidden{"--as: write at most 64 of a-z, 0-9 and . _ @ -, beginning with a letter or digit"}
		}
		role := trust.Admin
		if account, known := s.cfg.Registry.Accounts().Find(as); known {
			role, _ = trust.ParseRole(account.Role)
		}
		return call{r, as, role}, nil
	}
	uid := strconv.FormatUint(uint64(c.uid), 10)
	if u, err := user.LookupId(uid); err == nil {
		return call{r, u.Username, trust.Admin}, nil
	}
	return call{r, "uid-" + uid, trust.Admin}, nil
}

// mustBe says which role is needed, if the caller's is not enough.
func (c call) mustBe(needed trust.Role) error {
	if c.role < needed {
		return forbidden{fmt.Sprintf("the account %s has the role %s; this needs %s", c.author, c.role, needed)}
	}
	return nil
}

// audit notes an act that is done.
func (s *Server) audit(c call, action, subject string, attrs ...any) {
	s.cfg.Log.Info("administration", append([]any{"author", c.author, "action", action, "subject", subject}, attrs...)...)
}

// problem is the answer to what was not done.
type problem struct {
	Error string `json:"error"`
}

// invalid is a request that says something that cannot be.
type invalid struct{ reason string }

func (e invalid) Error() string { return e.reason }

// forbidden is a request of somebody who may not make it.
type forbidden struct{ reason string }

func (e forbidden) Error() string { return e.reason }

func statusOf(err error) int {
	var problems configs.Problems
	var refused exchange.Refusal
	var bad invalid
	var not forbidden
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &not):
		return http.StatusForbidden
	case errors.As(err, &problems), errors.As(err, &refused), errors.As(err, &bad), errors.As(err, &tooLarge):
		return http.StatusBadRequest
	case errors.Is(err, auth.ErrNoAccount), errors.Is(err, auth.ErrNoToken), errors.Is(err, ErrNoMember), errors.Is(err, exchange.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, auth.ErrTaken):
		return http.StatusConflict
	case errors.Is(err, exchange.ErrStopping):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if v != nil {
		json.NewEncoder(w).Encode(v) // a caller that has gone needs no answer
	}
}

func read[T any](c call) (v T, err error) {
	d := json.NewDecoder(c.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, invalid{fmt.Sprintf("the request cannot be read: %v", err)}
	}
	return v, nil
}
