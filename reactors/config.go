package reactors

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"daybook.internal/domain"
)

// config is the form of the file: docs/webhooks.md explains it. Names of files are taken from the folder of the file itself.
type config struct {
	Webhooks []webhookConfig `json:"webhooks"`
	Brokers  []brokerConfig  `json:"brokers"`
}

// what every receiver has.
type common struct {
	Name     string             `json:"name"`
	Types    []string           `json:"types"`
	Editions []domain.EditionID `json:"editions"`
	From     string             `json:"from"`
	CAFile   string             `json:"caFile"`
	Timeout  duration           `json:"timeout"`
	First    duration           `json:"first"`
	Longest  duration           `json:"longest"`
}

type webhookConfig struct {
	common
	URL         string   `json:"url"`
	URLFile     string   `json:"urlFile"`
	SecretFiles []string `json:"secretFiles"`
	SecretEnv   string   `json:"secretEnv"`
	Allow       []string `json:"allow"`
	Redirects   int      `json:"redirects"`
	Attempts    int      `json:"attempts"`
	Refusals    int      `json:"refusals"`
	PerSecond   int      `json:"perSecond"`
}

type brokerConfig struct {
	common
	NATS *natsConfig `json:"nats"`
}

type natsConfig struct {
	URL             string `json:"url"`
	Subject         string `json:"subject"`
	CredentialsFile string `json:"credentialsFile"`
}

// maxConfig bounds the file.
const maxConfig = 1 << 20

// The defaults, and the limits around them.
const (
	defaultTimeout  = 10 * time.Second
	defaultFirst    = time.Second
	defaultLongest  = time.Hour
	brokerLongest   = 30 * time.Second
	defaultAttempts = 20 // with the waits above, eight hours
	defaultRefusals = 8  // two minutes

	maxTimeout  = time.Minute
	maxLongest  = 24 * time.Hour
	maxAttempts = 1000
	maxRate     = 10000
)

// A Source is where a configuration is read from.
type Source struct {
	Path string                      // of the file
	Env  func(string) (string, bool) // os.LookupEnv; for secrets that lie in the environment
}

// Read reads the receivers from a configuration file, with the files that it names. Nothing is connected to. The error says which receiver it is about, and holds no
// secret.
func (s Source) Read() ([]Receiver, error) {
	data, err := readFile(s.Path, maxConfig)
	if err != nil {
		return nil, fmt.Errorf("configuration of reactors: %w", err)
	}
	var c config
	if err := DecodeStrict(data, &c); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	var all []Receiver
	seen := map[string]bool{}
	add := func(kind string, c common, make func() (Receiver, error)) error {
		if !name.MatchString(c.Name) || seen[c.Name] {
			return fmt.Errorf("%s: %s %q: a name is 1 to 64 small letters, digits, '-' and '_', and nobody else's: the state of deliveries is kept under it", s.Path, kind, c.Name)
		}
		seen[c.Name] = true
		r, err := make()
		if err != nil {
			return fmt.Errorf("%s: %s %q: %w", s.Path, kind, c.Name, err)
		}
		r.Name, r.Kind = c.Name, kind
		all = append(all, r)
		return nil
	}
	for _, w := range c.Webhooks {
		if err := add("webhook", w.common, func() (Receiver, error) { return s.webhook(w) }); err != nil {
			return nil, err
		}
	}
	for _, b := range c.Brokers {
		if err := add("broker", b.common, func() (Receiver, error) { return s.broker(b) }); err != nil {
			return nil, err
		}
	}
	return all, nil
}

var name = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// shared makes what every receiver has.
func (s Source) shared(c common, longest time.Duration) (r Receiver, roots *x509.CertPool, err error) {
	f, err := NewFilter(c.Types, c.Editions)
	if err != nil {
		return r, nil, err
	}
	r = Receiver{
		Pick: f.Picks, Within: cmp.Or(time.Duration(c.Timeout), defaultTimeout), First: cmp.Or(time.Duration(c.First), defaultFirst),
		Longest: cmp.Or(time.Duration(c.Longest), longest),
	}
	switch c.From {
	case "", "beginning":
	case "now":
		r.Now = true
	default:
		return r, nil, errors.New(`from: it is "beginning", or "now" for what comes after its first start`)
	}
	if r.Within < 0 || r.Within > maxTimeout || r.First < 0 || r.Longest < r.First || r.Longest > maxLongest {
		return r, nil, fmt.Errorf("timeout is at most %v; first and longest are waits between attempts, in ascending order and at most %v", maxTimeout, maxLongest)
	}
	if c.CAFile != "" {
		pem, err := readFile(s.file(c.CAFile), maxConfig)
		if err != nil {
			return r, nil, fmt.Errorf("caFile: %w", err)
		}
		if roots = x509.NewCertPool(); !roots.AppendCertsFromPEM(pem) {
			return r, nil, fmt.Errorf("caFile: %s holds no certificate in PEM", c.CAFile)
		}
	}
	return r, roots, nil
}

func (s Source) webhook(c webhookConfig) (Receiver, error) {
	r, roots, err := s.shared(c.common, defaultLongest)
	if err != nil {
		return r, err
	}
	to, err := s.address(c)
	if err != nil {
		return r, err
	}
	secrets, err := s.secrets(c)
	if err != nil {
		return r, err
	}
	g := guard{}
	for _, a := range c.Allow {
		p, err := netip.ParsePrefix(a)
		if err != nil {
			return r, fmt.Errorf("allow: %q is no network; one is as in \"10.2.0.0/16\"", a)
		}
		g.allow = append(g.allow, p.Masked())
	}
	r.Attempts, r.Refusals, r.PerSecond = cmp.Or(c.Attempts, defaultAttempts), cmp.Or(c.Refusals, defaultRefusals), c.PerSecond
	switch {
	case to.Scheme == "http" && len(g.allow) == 0:
		return r, errors.New("http without TLS goes to networks in \"allow\" only: what is sent can be read and changed on its way")
	case r.Attempts < 1 || r.Attempts > maxAttempts || r.Refusals < 1 || r.Refusals > maxAttempts:
		return r, fmt.Errorf("attempts and refusals are 1 to %d", maxAttempts)
	case r.PerSecond < 0 || r.PerSecond > maxRate:
		return r, fmt.Errorf("perSecond is at most %d", maxRate)
	case c.Redirects < 0 || c.Redirects > 5:
		return r, errors.New("redirects is how many are followed, at most 5")
	}
	w := newWebhook(to, secrets, g, roots, c.Redirects, r.Within, r.Longest)
	r.To, r.Send, r.Close = shown(to), w.deliver, w.close
	return r, nil
}

// shown is as much of an address as is for everybody: a path or a query may be a secret.
func shown(u *url.URL) string { return u.Scheme + "://" + u.Host }

// address reads where a webhook is. The file of an address is for one that is a secret itself.
func (s Source) address(c webhookConfig) (*url.URL, error) {
	text, secret := c.URL, c.URLFile != ""
	if secret == (c.URL != "") {
		return nil, errors.New("either url or urlFile says where it is")
	}
	if secret {
		data, err := readFile(s.file(c.URLFile), 8<<10)
		if err != nil {
			return nil, fmt.Errorf("urlFile: %w", err)
		}
		text = strings.TrimSpace(string(data))
	}
	return parseAddress(text, secret)
}

// parseAddress reads an address. It may have a query where it is kept as a secret.
func parseAddress(text string, secret bool) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.Opaque != "":
		return nil, errors.New("its address is https://, a host and a path")
	case u.User != nil || u.Fragment != "":
		return nil, errors.New("its address has a user, a password or a fragment, and those are not sent; deliveries are known by their signatures")
	case u.RawQuery != "" && !secret:
		return nil, errors.New("its url has a query, which is where secrets stand: write the url to a file and name that in urlFile")
	}
	return u, nil
}

// secrets reads what deliveries are signed with.
func (s Source) secrets(c webhookConfig) (all []Secret, err error) {
	for _, f := range c.SecretFiles {
		data, err := readFile(s.file(f), 8<<10)
		if err != nil {
			return nil, fmt.Errorf("secretFiles: %w", err)
		}
		secret, err := ParseSecret(string(data))
		if err != nil {
			return nil, fmt.Errorf("secretFiles: %s: %w", f, err)
		}
		all = append(all, secret)
	}
	if c.SecretEnv != "" {
		text, ok := s.Env(c.SecretEnv)
		if !ok {
			return nil, fmt.Errorf("secretEnv: there is no $%s in the environment", c.SecretEnv)
		}
		secret, err := ParseSecret(text)
		if err != nil {
			return nil, fmt.Errorf("secretEnv: $%s: %w", c.SecretEnv, err)
		}
		all = append(all, secret)
	}
	if len(all) == 0 {
		return nil, errors.New("secretFiles or secretEnv says what deliveries are signed with; 'daybook webhook secret --out FILE' makes a secret")
	}
	return all, nil
}

func (s Source) broker(c brokerConfig) (Receiver, error) {
	r, roots, err := s.shared(c.common, brokerLongest)
	if err != nil {
		return r, err
	}
	if c.NATS == nil {
		return r, errors.New("nats says which broker it is; there is no other kind yet")
	}
	u, err := url.Parse(c.NATS.URL)
	switch {
	case err != nil || (u.Scheme != "nats" && u.Scheme != "tls") || u.Hostname() == "" || u.Path != "" || u.RawQuery != "":
		return r, errors.New("nats: its url is nats:// or tls://, a host and a port")
	case u.User != nil:
		return r, errors.New("nats: its url has a user or a password; credentialsFile names a file with credentials")
	case !subject.MatchString(strings.ReplaceAll(c.NATS.Subject, typeInSubject, "type.v1")):
		return r, fmt.Errorf("nats: subject is tokens with points between them, as in \"daybook.%s\"", typeInSubject)
	}
	server := natsServer{url: u, roots: roots, within: r.Within}
	if c.NATS.CredentialsFile != "" {
		server.credentials = s.file(c.NATS.CredentialsFile)
		if _, err := os.Stat(server.credentials); err != nil {
			return r, fmt.Errorf("nats: credentialsFile: %w", err)
		}
	}
	p := &lazy{make: server.publisher}
	r.To, r.Every = shown(u), 100
	r.Send, r.Close = Publishing(p, subjectOf(c.NATS.Subject)), p.Close
	return r, nil
}

var subject = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// file is a path of the configuration.
func (s Source) file(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(s.Path), path)
}

// readFile reads a file of a bounded size.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s is no file of at most %d bytes", path, limit)
	}
	return os.ReadFile(path)
}
