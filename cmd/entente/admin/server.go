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

// Config is what a Server needs. Fields with a default may be left zero.
type Config struct {
	Registry  Registry
	Publisher Publisher

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
	for pattern, h := range map[string]handler{
		"GET /accounts":           s.listAccounts,
		"POST /accounts":          s.addAccount,
		"DELETE /accounts/{name}": s.removeAccount,
		"GET /tokens":             s.listTokens,
		"POST /tokens":            s.issueToken,
		"DELETE /tokens/{id}":     s.revokeToken,
		"GET /collections":        s.collections,
		"GET /publications/{job}": s.published,
		"POST /publications":      s.publish,
	} {
		s.mux.Handle(pattern, s.guard(h))
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

// call is one request and in whose name it comes.
type call struct {
	*http.Request
	author string
}

// handler answers a call with a value for JSON, nil for nothing to say.
type handler func(call) (any, error)

// guard lets the owner and root in, and writes the answer.
func (s *Server) guard(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		author, err := s.author(r)
		if err != nil {
			answer(w, http.StatusForbidden, problem{err.Error()})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
		v, err := h(call{r, author})
		if err != nil {
			status := statusOf(err)
			if status == http.StatusInternalServerError {
				s.cfg.Log.Error("administration failed", "author", author, "path", r.Pattern, "error", err)
			}
			answer(w, status, problem{err.Error()})
			return
		}
		answer(w, http.StatusOK, v)
	}
}

// author is who calls: the kernel says which user, and the user may say which person.
func (s *Server) author(r *http.Request) (string, error) {
	c, ok := r.Context().Value(connectionKey{}).(*connection)
	if !ok || !c.known || c.uid != 0 && int(c.uid) != s.cfg.Owner {
		return "", errors.New("only the node's own user and root may administer it")
	}
	if as := r.Header.Get(asHeader); as != "" {
		if !authorName.MatchString(as) {
			return "", errors.New("--as: write at most 64 of a-z, 0-9 and . _ @ -, beginning with a letter or digit")
		}
		return as, nil
	}
	uid := strconv.FormatUint(uint64(c.uid), 10)
	if u, err := user.LookupId(uid); err == nil {
		return u.Username, nil
	}
	return "uid-" + uid, nil
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

func statusOf(err error) int {
	var problems configs.Problems
	var bad invalid
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &problems), errors.As(err, &bad), errors.As(err, &tooLarge):
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
