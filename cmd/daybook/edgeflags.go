package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"

	"github.com/spf13/cobra"

	"daybook.internal/api/discovery"
	"daybook.internal/api/edge"
)

// edgeFlags are what stands between the network and the API.
type edgeFlags struct {
	cert, key string
	rate      string
	proxies   []string
	contacts  []string
	public    string
	most      int
}

func (f *edgeFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.cert, "tls-cert", "", "serve HTTPS with the certificate in this file (PEM, with what leads to its root); read again when it changes")
	c.Flags().StringVar(&f.key, "tls-key", "", "the key of --tls-cert (PEM)")
	c.Flags().StringVar(&f.rate, "rate", "", "how many requests each client may send, such as 300/1m, or 0 for any number (default: 300/1m, and any number on a loopback address)")
	c.Flags().IntVar(&f.most, "connections", defaultConnections, "how many connections may be open at a time, a quarter of them from one address; what comes beyond gets 503. Fewer where the system lets the process open fewer files. 0: any number")
	c.Flags().StringSliceVar(&f.proxies, "trusted-proxy", nil, "a network (CIDR) of reverse proxies that say truly for whom they ask, in X-Forwarded-For; may be given many times")
	c.Flags().StringSliceVar(&f.contacts, "security-contact", nil, "whom to tell of a hole, for /.well-known/security.txt: an address such as mailto:security@daybook.example; may be given many times")
	c.Flags().StringVar(&f.public, "public-url", "", "the address by which others know this server, such as https://daybook.example (default: as each request names it)")
}

// defaultRate is that of a server which strangers reach: five requests a second, for one page with its parts at once.
const defaultRate = "300/1m"

// defaultConnections are those of all streams that a server takes (docs/follow.md) and as many that ask.
const defaultConnections = 16384

// filesBeside is how many files a server needs besides its connections: databases, the log, what it writes, and clients of EventStoreDB.
const filesBeside = 512

// connections are what the flags and the system let be.
func (f *edgeFlags) connections(proxies []netip.Prefix) *edge.Connections {
	c := &edge.Connections{Most: f.most, Proxies: proxies}
	if files := openFiles(); files > 0 && c.Most > 0 {
		c.Most = min(c.Most, max(files-filesBeside, files/2))
	}
	c.PerAddress = (c.Most + 3) / 4
	return c
}

// atTheEdge is what the flags come to.
type atTheEdge struct {
	edge edge.Config
	site discovery.Site
	tls  *tls.Config // nil: plain HTTP

	connections *edge.Connections
}

// read checks the flags. Its errors are those of usage, but where files cannot be read.
func (f *edgeFlags) read(at net.Addr, log *slog.Logger) (e atTheEdge, err error) {
	rate := f.rate
	if rate == "" && isLoopback(at) {
		rate = "0"
	} else if rate == "" {
		rate = defaultRate
	}
	e.edge.Gates = edge.Gates()
	if e.edge.Rate, err = edge.ParseRate(rate); err != nil {
		return e, usageError{fmt.Errorf("--rate: %w", err)}
	}
	if e.edge.Proxies, err = edge.ParseProxies(f.proxies); err != nil {
		return e, usageError{fmt.Errorf("--trusted-proxy: %w", err)}
	}
	if f.most < 0 {
		return e, usageError{errors.New("--connections is how many may be open at a time, or 0 for any number")}
	}
	e.connections = f.connections(e.edge.Proxies)
	for _, c := range f.contacts {
		if err := discovery.CheckContact(c); err != nil {
			return e, usageError{fmt.Errorf("--security-contact: %w", err)}
		}
	}
	if f.public != "" {
		if u, err := url.Parse(f.public); err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery+u.Fragment != "" || u.User != nil {
			return e, usageError{fmt.Errorf("--public-url: %q is no address such as https://daybook.example", f.public)}
		}
	}
	e.site.Contacts, e.site.Public = f.contacts, f.public
	if (f.cert == "") != (f.key == "") {
		return e, usageError{errors.New("--tls-cert and --tls-key go together")}
	}
	if f.cert != "" {
		pair := &keyPair{flag: "--tls", cert: f.cert, key: f.key, log: log}
		if err := pair.load(); err != nil {
			return e, err
		}
		e.tls = &tls.Config{GetCertificate: pair.get, MinVersion: tls.VersionTLS12}
	}
	return e, nil
}
