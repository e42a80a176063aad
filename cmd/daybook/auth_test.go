package main

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"daybook.internal/access"
	"daybook.internal/domain"
)

// Who is believed, where, and what is refused with a way out.
func TestWhoIsBelieved(t *testing.T) {
	t.Parallel()
	here, there := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}, &net.TCPAddr{IP: net.IPv4zero, Port: 80}
	policy := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(policy, []byte(`{"issuer":"https://login.example.org","audience":"daybook","grants":[{"claim":"roles","value":"x","role":"coordinator"}]}`), 0o600))
	for name, c := range map[string]struct {
		flags                  []string
		at                     net.Addr
		proxied, issued        bool
		wrong                  string
		writes, open, verifies bool
	}{
		"on this machine":                 {at: here, writes: true, open: true, verifies: true},
		"on this machine, for reading":    {flags: []string{"--writes=false"}, at: here, open: true, verifies: true},
		"on this machine, with tokens":    {flags: []string{"--auth", "builtin"}, at: here, writes: true, verifies: true},
		"on this machine, with a policy":  {flags: []string{"--auth", policy}, at: here, writes: true, verifies: true},
		"behind a proxy":                  {at: here, proxied: true, verifies: true},
		"behind a proxy, with tokens":     {at: here, proxied: true, issued: true, writes: true, verifies: true},
		"elsewhere":                       {at: there, verifies: true},
		"elsewhere, with tokens":          {at: there, issued: true, writes: true, verifies: true},
		"elsewhere, with a policy":        {flags: []string{"--auth", policy}, at: there, writes: true, verifies: true},
		"elsewhere, tokens, for reading":  {flags: []string{"--writes=false"}, at: there, issued: true, verifies: true},
		"elsewhere, writes from nobody":   {flags: []string{"--writes"}, at: there, wrong: "make a token with 'daybook token"},
		"proxied, writes from nobody":     {flags: []string{"--writes"}, at: here, proxied: true, wrong: "--insecure-writes"},
		"elsewhere, whoever it is":        {flags: []string{"--insecure-writes"}, at: there, writes: true, open: true},
		"whoever it is, with a policy":    {flags: []string{"--insecure-writes", "--auth", policy}, at: there, wrong: "say otherwise"},
		"a policy that is not there":      {flags: []string{"--auth", policy + "x"}, at: here, wrong: "--auth: "},
		"whoever it is, but for reading":  {flags: []string{"--insecure-writes", "--writes=false"}, at: there, wrong: "say otherwise"},
		"elsewhere, asked for, by tokens": {flags: []string{"--writes"}, at: there, issued: true, writes: true, verifies: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if c.issued {
				_, _, _, err := accessDir(dir).Issue("u_ada", []access.Grant{{Role: domain.Coordinator}}, time.Now(), time.Hour)
				require.NoError(t, err)
			}
			var f authFlags
			cmd := &cobra.Command{Use: "serve"}
			f.add(cmd)
			require.NoError(t, cmd.ParseFlags(c.flags))
			a, err := f.read(cmd, dir, c.at, c.proxied)
			if c.wrong != "" {
				require.ErrorContains(t, err, c.wrong)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.writes, a.writes, "writes")
			require.Equal(t, c.open, a.open, "open")
			require.Equal(t, c.verifies, a.verifier != nil, "verifies")
		})
	}
}
