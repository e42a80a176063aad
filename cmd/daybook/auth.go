package main

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"daybook.internal/access/bearer"
	"daybook.internal/api"
)

// accessDir is where a data directory keeps what tokens and API keys need.
func accessDir(dir string) bearer.Dir { return bearer.Dir(filepath.Join(dir, "access")) }

// authFlags are who may send commands to a server.
type authFlags struct {
	auth     string
	writes   bool
	insecure bool
}

// builtinAuth is what --auth says for the built-in issuer alone.
const builtinAuth = "builtin"

func (f *authFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.auth, "auth", "", "whose tokens are taken: a policy file that names an OpenID provider (docs/access.md), or 'builtin' for those of 'daybook token' alone; then commands need a token on any address")
	c.Flags().BoolVar(&f.writes, "writes", false, "admit commands (default: on loopback addresses, and with tokens wherever some can be had)")
	c.Flags().BoolVar(&f.insecure, "insecure-writes", false, "admit commands from everybody who reaches the address, as whom they say; for trying things out in a closed network")
}

// authentication is what the flags come to.
type authentication struct {
	verifier bearer.Verifier // nil: everybody is believed
	writes   bool
	open     bool // what comes without a token is believed, too
	figures  denials
	keys     func() ([]bearer.APIKey, error)
}

// read decides who is believed. On a loopback address that no proxy stands before, this machine is; elsewhere commands need a token.
func (f *authFlags) read(c *cobra.Command, dir string, at net.Addr, proxied bool) (a authentication, err error) {
	d, own := accessDir(dir), isLoopback(at) && !proxied
	asked := c.Flags().Changed("writes")
	if f.insecure {
		if f.auth != "" || (asked && !f.writes) {
			return a, usageError{hint(errors.New("--insecure-writes admits everybody: --auth and --writes=false say otherwise"), c)}
		}
		return authentication{writes: true, open: true, figures: newDenials()}, nil
	}
	var policy *bearer.Policy
	if f.auth != "" && f.auth != builtinAuth {
		p, err := bearer.ReadPolicy(f.auth)
		if err != nil {
			return a, fmt.Errorf("--auth: %w", err)
		}
		policy = &p
	}
	if a.verifier, err = bearer.New(d, policy, time.Now); err != nil {
		return a, err
	}
	tokens := f.auth != "" || d.HasIssuer()
	a.open, a.writes, a.figures, a.keys = own && f.auth == "", own || tokens, newDenials(), d.Keys
	if !asked {
		return a, nil
	}
	if a.writes = f.writes; a.writes && !own && !tokens {
		return a, usageError{hint(fmt.Errorf("--writes on %s needs to know who is who: make a token with 'daybook token --data %s', name your OpenID provider with --auth FILE, or say --insecure-writes, which admits everybody", at, dir), c)}
	}
	return a, nil
}

// serve puts it into the configuration of the API.
func (a authentication) serve(c *api.Config) {
	c.Auth, c.Writes, c.Open, c.Denied, c.Keys = a.verifier, a.writes, a.open, a.figures.count, a.keys
}

// says what an operator is told about it.
func (a authentication) says() string {
	switch {
	case a.verifier == nil:
		return "commands are admitted from everybody who reaches this address, as whom they say: --insecure-writes"
	case !a.writes:
		return "for reading only: commands are admitted on loopback addresses, or with tokens ('daybook token', or --auth)"
	case !a.open:
		return "commands need a token (docs/access.md)"
	}
	return ""
}

// denials count commands that were denied, and credentials that were refused.
type denials struct{ commands, credentials *prometheus.CounterVec }

func newDenials() denials {
	return denials{
		prometheus.NewCounterVec(prometheus.CounterOpts{Name: "denied_total", Help: "Commands, and views that are not for everybody, that somebody may not have asked for."}, []string{"command", "role"}),
		prometheus.NewCounterVec(prometheus.CounterOpts{Name: "refused_credentials_total", Help: "Tokens and API keys that were refused, by why."}, []string{"reason"}),
	}
}

func (d denials) count(command, role, refused string) {
	if refused != "" {
		d.credentials.WithLabelValues(refused).Inc()
		return
	}
	d.commands.WithLabelValues(command, role).Inc()
}

// Describe is that of prometheus.Collector.
func (d denials) Describe(to chan<- *prometheus.Desc) {
	d.commands.Describe(to)
	d.credentials.Describe(to)
}

// Collect is that of prometheus.Collector.
func (d denials) Collect(to chan<- prometheus.Metric) {
	d.commands.Collect(to)
	d.credentials.Collect(to)
}
