package kurrent_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/kurrent"
)

const secret = "s3cr3t@/?#:"

func TestConfigRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("ops:"+secret+"\nmore\n"), 0o600))
	missing := filepath.Join(t.TempDir(), "missing")
	for says, c := range map[string]kurrent.Config{
		"no connection string":               {URL: ""},
		"looks like esdb://host":             {URL: "http://localhost"},
		"esdb://localhost:port":              {URL: "esdb://ops:" + secret + "@localhost:port"},
		"has to end in its only hyphen":      {URL: "esdb://localhost", Prefix: "daybook-test-"},
		`the prefix "daybook"`:               {URL: "esdb://localhost", Prefix: "daybook"},
		`the prefix "-"`:                     {URL: "esdb://localhost", Prefix: "-"},
		`the prefix "$x-"`:                   {URL: "esdb://localhost", Prefix: "$x-"},
		"no credentials without TLS":         {URL: "esdb://localhost?tls=false", Credentials: "ops:" + secret},
		"certificates without TLS":           {URL: "esdb://localhost?tls=false", CAFile: caFile(t)},
		"drop tlsVerifyCert=false":           {URL: "esdb://localhost?tlsVerifyCert=false"},
		"drop nodePreference=Follower":       {URL: "esdb://localhost?nodePreference=follower"},
		"more than one place":                {URL: "esdb://ops:x@localhost", Credentials: "ops:" + secret},
		"a user without a password":          {URL: "esdb://ops@localhost"},
		"one line, user:password, is needed": {URL: "esdb://localhost", CredentialsFile: file},
		"credentials: open":                  {URL: "esdb://localhost", CredentialsFile: missing},
		"certificates: open":                 {URL: "esdb://localhost", CAFile: missing},
		"holds none in PEM":                  {URL: "esdb://localhost", CAFile: file},
		"must be an integer value":           {URL: "esdb://localhost?gossipTimeout=" + "soon"},
	} {
		_, err := kurrent.Open(t.Context(), c)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "s3cr3t")
	}
}

// A configuration that is printed, in whatever way, shows no secret.
func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	c := kurrent.Config{URL: "esdb://ops:" + secret + "@db.example:2113?tls=true", Credentials: "ops:" + secret}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("opened", "ledger", c)
	slog.New(slog.NewTextHandler(&log, nil)).Info("opened", "ledger", c)
	for _, said := range []string{fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s", c, c, c, &c), log.String()} {
		require.NotContains(t, said, "s3cr3t")
		require.NotContains(t, said, "ops")
		require.Contains(t, said, "db.example:2113")
	}
	for given, want := range map[string]string{
		"esdb://localhost:2113?tls=false":              "esdb://localhost:2113",
		"esdb://a:b@localhost":                         "esdb://localhost",
		"esdb://a:b@c@localhost/?x=y@z":                "esdb://z",
		"esdb+discover://a:b/c?d@cluster.example:2113": "esdb+discover://cluster.example:2113",
		"esdb://u:p@h1:1,h2:2?tls=true":                "esdb://h1:1,h2:2",
		"ops:s3cr3t":                                   "(no connection string)",
	} {
		require.Equal(t, want, kurrent.Hidden(given))
	}
}
