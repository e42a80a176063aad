package kurrent

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
)

// Config says where the ledger is. Printing one hides its secrets.
type Config struct {
	// URL is the connection string: esdb://host:2113, esdb://a:2113,b:2113,c:2113 for the nodes of a cluster, or esdb+discover://name:2113 for a name that lists them.
	// Settings of the client may follow as a query; docs/kurrent.md lists those that count here. Without "tls=false" the connection is encrypted.
	URL string

	// Prefix begins the names of this daybook's streams on the server. It has one hyphen, at its end, so that no prefix begins another one, and a daybook is what
	// the server calls a category. "" is DefaultPrefix. AllStreams is for a server that holds one daybook under its own names and nothing else, as `daybook serve --esdb` does.
	Prefix string

	// CAFile is the path of the certificates, in PEM, that may vouch for the server. "" is what the URL or the system says.
	CAFile string

	// CredentialsFile is the path of a file with one line, "user:password"; Credentials is that line for who has it from the environment. One of them at most, and
	// none where the URL bears them.
	CredentialsFile string
	Credentials     string

	// CountFile is the path of a file that spares the next start the reading of the whole ledger: it keeps what was counted, 12 bytes for each record. It may be deleted at any
	// time. "" keeps nothing.
	CountFile string

	// Patience is how long a call waits for a server where its context has no deadline. 0 is 30 seconds. Follow waits for ever.
	Patience time.Duration

	// Log hears about outages. nil is silence.
	Log *slog.Logger

	// refusedPause is shorter in tests.
	refusedPause time.Duration
}

// AllStreams as the prefix takes every stream but those of the server itself.
const AllStreams = "*"

// DefaultPrefix begins the names of streams where nothing else is asked for.
const DefaultPrefix = "daybook-"

// String is the configuration without its secrets, for %v, %s and logs alike.
func (c Config) String() string {
	return fmt.Sprintf("ledger at %s, streams %s*", hidden(c.URL), string(c.names()))
}

// GoString is String: %#v hides secrets too.
func (c Config) GoString() string { return c.String() }

// LogValue is String for slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// hidden is a connection string without user, password and settings. A password may hold anything, so all that stands before the last at is left out.
func hidden(connection string) string {
	scheme, rest, ok := strings.Cut(connection, "://")
	if !ok {
		return "(no connection string)"
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return scheme + "://" + rest
}

func (c Config) prefix() string {
	if c.Prefix == "" {
		return DefaultPrefix
	}
	return c.Prefix
}

func (c Config) names() names {
	if c.Prefix == AllStreams {
		return ""
	}
	return names(c.prefix())
}

// check makes the client's configuration. No error holds a secret: what the client says about a connection string repeats it, so it is not passed on.
func (c Config) check() (*esdb.Configuration, error) {
	if p := c.prefix(); p != AllStreams && (strings.Count(p, "-") != 1 || !strings.HasSuffix(p, "-") || len(p) < 2 || p[0] == '$' || strings.ContainsRune(p, 0)) {
		return nil, fmt.Errorf("the prefix %.80q has to end in its only hyphen and must not begin with $, as %q does", p, DefaultPrefix)
	}
	conf, err := esdb.ParseConnectionString(c.URL)
	if err != nil {
		return nil, fmt.Errorf("%s is no connection string that the client reads: it looks like esdb://host:2113 or esdb://a:2113,b:2113?tlsCaFile=/path%s", hidden(c.URL), reason(err))
	}
	if err := c.credentials(conf); err != nil {
		return nil, err
	}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("certificates: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("certificates: %s holds none in PEM", c.CAFile)
		}
	}
	switch {
	case conf.DisableTLS && conf.Username != "":
		return nil, fmt.Errorf("%s: the client sends no credentials without TLS; drop tls=false or the credentials", hidden(c.URL))
	case conf.DisableTLS && c.CAFile != "":
		return nil, fmt.Errorf("%s: certificates without TLS; drop tls=false or them", hidden(c.URL))
	case conf.SkipCertificateVerification:
		return nil, fmt.Errorf("%s: a ledger is not kept behind a certificate that nobody checks; drop tlsVerifyCert=false and name the server's authority as CAFile", hidden(c.URL))
	case conf.NodePreference != esdb.NodePreferenceLeader:
		return nil, fmt.Errorf("%s: other nodes than the leader may not know yet what was acknowledged; drop nodePreference=%s", hidden(c.URL), conf.NodePreference)
	}
	if err := conf.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", hidden(c.URL), err)
	}
	conf.MaxDiscoverAttempts = 1 // we try again ourselves, with a new client: one whose attempts are over is dead
	if conf.KeepAliveInterval < 0 {
		conf.KeepAliveInterval = 10 * time.Second // without it, a connection that went silent is never given up
	}
	if conf.KeepAliveTimeout < 0 {
		conf.KeepAliveTimeout = 10 * time.Second
	}
	return conf, nil
}

// reason says what is wrong with a connection string where the client's words cannot hold a part of it that is secret.
func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return ""
	}
	for _, known := range []string{"an invalid scheme is specified", "no such file or directory", "failed to append certificate file",
		"must be an integer value", "must be either true or false"} {
		if strings.Contains(err.Error(), known) {
			return " (" + known + ")"
		}
	}
	return ""
}

func (c Config) credentials(conf *esdb.Configuration) error {
	given := 0
	for _, is := range []bool{conf.Username != "", c.Credentials != "", c.CredentialsFile != ""} {
		if is {
			given++
		}
	}
	if given > 1 {
		return errors.New("credentials stand in more than one place: the connection string, Credentials, CredentialsFile")
	}
	line := c.Credentials
	if c.CredentialsFile != "" {
		b, err := os.ReadFile(c.CredentialsFile)
		if err != nil {
			return fmt.Errorf("credentials: %w", err)
		}
		line = strings.TrimRight(string(b), "\r\n")
	}
	if line == "" && c.CredentialsFile == "" {
		if conf.Username != "" && conf.Password == "" {
			return errors.New("credentials: a user without a password")
		}
		return nil
	}
	user, password, ok := strings.Cut(line, ":")
	if !ok || user == "" || password == "" || strings.ContainsAny(line, "\r\n") {
		return errors.New("credentials: one line, user:password, is needed")
	}
	conf.Username, conf.Password = user, password
	return nil
}
