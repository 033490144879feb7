package configs

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Node is node.yaml: what this node is, where it listens, where its files lie. Relative paths
// are relative to the folder of node.yaml; [Load] makes them usable from anywhere.
type Node struct {
	Format   int      `yaml:"format" choice:"1"`
	Self     Self     `yaml:"node" required:"true"`
	Listen   Listen   `yaml:"listen" required:"true"`
	Storage  Storage  `yaml:"storage"`
	Policy   string   `yaml:"policy" write:"the policy folder, as in policy/"`
	Accounts string   `yaml:"accounts" write:"the file of local accounts, as in accounts.yaml"`
	TAXII    TAXII    `yaml:"taxii"`
	Limits   Limits   `yaml:"limits"`
	Timeouts Timeouts `yaml:"timeouts"`
	Log      Log      `yaml:"log"`
}

// Self says who the node is.
type Self struct {
	ID       string `yaml:"id" required:"true" write:"a short name of a-z, 0-9 and hyphens, unique in the federation, as in csirt-xa"`
	Name     string `yaml:"name" required:"true" write:"the organisation's full name"`
	Kind     string `yaml:"kind" required:"true" choice:"national|governmental|sectoral|regional|organisation"`
	Country  string `yaml:"country" write:"two capital letters of ISO 3166-1, or XA to XZ for examples"` // empty: none, as for a region
	Identity string `yaml:"identity" required:"true" write:"the id of the STIX Identity this node creates objects as, identity--UUID"`
}

// Listen says where the node answers.
type Listen struct {
	TAXII string `yaml:"taxii" write:"host:port"`
	Admin string `yaml:"admin" write:"host:port"` // console, metrics, health; never the peers' listener
	TLS   *TLS   `yaml:"tls"`                     // nil only where URL is http://
	URL   string `yaml:"url" required:"true" write:"how peers reach the node, as in https://taxii.example:6443"`
}

// TLS names PEM files.
type TLS struct {
	Cert     string `yaml:"cert" required:"true" write:"the certificate chain's file"`
	Key      string `yaml:"key" required:"true" write:"the private key's file"`
	ClientCA string `yaml:"client_ca" write:"the file of the authorities of client certificates"` // empty: none are asked for
}

// Storage names the driver's place.
type Storage struct {
	Bolt string `yaml:"bolt" required:"true" write:"the database file, as in data/node.db"`
}

// TAXII holds the protocol's options.
type TAXII struct {
	Authentication  []string `yaml:"authentication" choice:"basic|bearer|certificate"` // schemes offered and accepted (TAXII 2.1 §8.2.2)
	OptionalFilters bool     `yaml:"optional_filters"`                                 // the interop profile's filter tiers 1 to 3 (§3.13.2)
}

// Limits bounds what one client may ask.
type Limits struct {
	MaxContentLength Size     `yaml:"max_content_length"` // bytes of a request body, also after decompression
	Page             int      `yaml:"page"`               // objects of a page where the client names no number
	MaxPage          int      `yaml:"max_page"`           // objects of a page that a client may ask for
	StatusRetention  Duration `yaml:"status_retention"`   // how long the status of a POST stays readable, at least 24 h
}

// Timeouts bounds how long one client may take.
type Timeouts struct {
	Header   Duration `yaml:"header"`   // from connect to the end of the request's header
	Read     Duration `yaml:"read"`     // to the end of its body
	Write    Duration `yaml:"write"`    // to the end of the answer
	Idle     Duration `yaml:"idle"`     // between requests of a connection
	Shutdown Duration `yaml:"shutdown"` // for requests in progress when the node stops
}

// Log says how much is logged, and in which form.
type Log struct {
	Level  string `yaml:"level" choice:"debug|info|warn|error"`
	Format string `yaml:"format" choice:"text|json"`
}

// Default is what node.yaml need not say. Self and the URL have no default.
func Default() Node {
	return Node{
		Format:   1,
		Listen:   Listen{TAXII: "127.0.0.1:6443", Admin: "127.0.0.1:6444"},
		Storage:  Storage{Bolt: "data/node.db"},
		Policy:   "policy/",
		Accounts: "accounts.yaml",
		TAXII:    TAXII{Authentication: []string{"basic", "bearer", "certificate"}},
		Limits: Limits{
			MaxContentLength: 10 << 20,
			Page:             1000,
			MaxPage:          10_000,
			StatusRetention:  Duration(2 * minRetention),
		},
		Timeouts: Timeouts{
			Header:   Duration(10 * time.Second),
			Read:     Duration(time.Minute),
			Write:    Duration(5 * time.Minute),
			Idle:     Duration(2 * time.Minute),
			Shutdown: Duration(30 * time.Second),
		},
		Log: Log{Level: "info", Format: "text"},
	}
}

const (
	minRetention     = 24 * time.Hour // TAXII 2.1 §4.3, interop profile
	minContentLength = 1 << 10
	maxContentLength = 1 << 30
	maxPage          = 100_000
	maxTimeout       = time.Hour
)

var (
	nodeID     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	identityID = regexp.MustCompile(`^identity--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// reserved names mean something else in URLs and policy files.
var reserved = [...]string{"any", "taxii2", "public", "publish", "received", "cli"}

// CheckID says what is wrong with the short name of a node or member; empty when nothing is.
func CheckID(id string) string {
	if !nodeID.MatchString(id) {
		return "write a short name of at most 63 of a-z, 0-9 and hyphens, with no hyphen at its ends, as in csirt-xa"
	}
	if slices.Contains(reserved[:], id) {
		return "`" + id + "` means something else here; choose another name"
	}
	return ""
}

// CheckIdentity says what is wrong with the id of a STIX Identity; empty when nothing is.
func CheckIdentity(id string) string {
	if !identityID.MatchString(id) {
		return "write the id of a STIX Identity: identity-- and a UUID in lower case"
	}
	return ""
}

// Validate checks who the node says it is.
func (s *Self) Validate(report Report) {
	said := func(value, fault, key string) {
		if value != "" && fault != "" {
			report(key+": "+fault, key)
		}
	}
	said(s.ID, CheckID(s.ID), "id")
	said(s.Country, CheckCountry(s.Country), "country")
	said(s.Identity, CheckIdentity(s.Identity), "identity")
}

// Validate checks addresses, and that http is meant where there is no TLS.
func (l *Listen) Validate(report Report) {
	checkAddress(l.TAXII, "taxii", report)
	checkAddress(l.Admin, "admin", report)
	if l.TAXII == l.Admin && !strings.HasSuffix(l.TAXII, ":0") {
		report("admin: peers must not reach the admin listener; give it a port of its own", "admin")
	}
	u, err := url.Parse(l.URL)
	switch {
	case l.URL == "": // reported as missing
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		report("url: write how peers reach the node, as in https://taxii.example:6443", "url")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		report("url: write scheme, host and port alone; discovery is at /taxii2/ below it", "url")
	case u.Scheme == "https" && l.TLS == nil:
		report("tls is missing: add tls: {cert: …, key: …}, or write an http:// url if no TLS is meant", "url")
	case u.Scheme == "http" && l.TLS != nil:
		report("url: with tls the url is https://; remove tls if no TLS is meant", "url")
	}
}

func checkAddress(address, key string, report Report) {
	host, port, err := net.SplitHostPort(address)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || strings.ContainsAny(host, " /") {
		report(key+": write host:port, as in 127.0.0.1:6443 or [::1]:6443", key)
	}
}

// Validate checks that every limit is one.
func (l *Limits) Validate(report Report) {
	if l.MaxContentLength < minContentLength || l.MaxContentLength > maxContentLength {
		report("max_content_length: write a size from 1KiB to 1GiB", "max_content_length")
	}
	if l.Page < 1 || l.Page > maxPage {
		report("page: write a number from 1 to 100000", "page")
	}
	if l.MaxPage < l.Page || l.MaxPage > maxPage {
		report("max_page: write a number from page to 100000", "max_page")
	}
	if time.Duration(l.StatusRetention) < minRetention {
		report("status_retention: a status stays readable for at least 24h (TAXII 2.1 §4.3); write 24h or more", "status_retention")
	}
}

// Validate checks that every timeout is one.
func (t *Timeouts) Validate(report Report) {
	for key, d := range map[string]Duration{"header": t.Header, "read": t.Read, "write": t.Write, "idle": t.Idle, "shutdown": t.Shutdown} {
		if time.Duration(d) < time.Second || time.Duration(d) > maxTimeout {
			report(key+": write a time span from 1s to 1h", key)
		}
	}
}
