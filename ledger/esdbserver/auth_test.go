package esdbserver_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

// certificate makes one for the loopback addresses that signs itself, and a file that clients may trust.
func certificate(t testing.TB) (_ *tls.Config, caFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "daybook"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	caFile = filepath.Join(t.TempDir(), "ca.crt")
	require.NoError(t, os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, caFile
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	fill(t, l, 3)
	config, ca := certificate(t)
	at := start(t, l, esdbserver.Options{
		Append: l, TLS: config, Users: esdbserver.Users{"reader": sha256.Sum256([]byte("pass:word")), "other": sha256.Sum256([]byte("other"))},
	})
	trusted := "?tlsCAFile=" + ca
	for name, step := range map[string]struct {
		who, options string
		admitted     bool
	}{
		"a user":                    {"reader:pass%3Aword@", trusted, true},
		"another user":              {"other:other@", trusted, true},
		"a wrong password":          {"reader:wrong@", trusted, false},
		"the password of another":   {"reader:other@", trusted, false},
		"an unknown user":           {"nobody:other@", trusted, false},
		"an unknown user, no words": {"nobody:@", trusted, false},
		"nobody":                    {"", trusted, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, step.who+at, step.options)
			check := func(err error) {
				t.Helper()
				if step.admitted {
					require.NoError(t, err)
				} else {
					requireCode(t, esdb.ErrorCodeUnauthenticated, err)
				}
			}
			r, err := c.ReadAll(soon(t), esdb.ReadAllOptions{From: esdb.Start{}}, 1)
			require.NoError(t, err)
			_, err = r.Recv()
			check(err)
			_, err = c.SubscribeToAll(soon(t), esdb.SubscribeToAllOptions{From: esdb.End{}})
			check(err)
			_, err = c.DeleteStream(soon(t), "test-0", esdb.DeleteStreamOptions{})
			require.Error(t, err)
			if !step.admitted {
				requireCode(t, esdb.ErrorCodeUnauthenticated, err)
			}
			_, err = c.AppendToStream(soon(t), "test-"+strings.ReplaceAll(name, " ", "-"), esdb.AppendToStreamOptions{}, events(ledgertest.Draft(name, 0))...)
			check(err)
		})
	}
	t.Run("a certificate that nobody trusts", func(t *testing.T) {
		t.Parallel()
		_, other := certificate(t)
		_, err := dial(t, "reader:pass%3Aword@"+at, "?tlsCAFile="+other+"&maxDiscoverAttempts=1").ReadAll(soon(t), esdb.ReadAllOptions{}, 1)
		require.ErrorContains(t, err, "certificate")
	})
	t.Run("no encryption", func(t *testing.T) {
		t.Parallel()
		_, err := dial(t, at, "?tls=false&maxDiscoverAttempts=1").ReadAll(soon(t), esdb.ReadAllOptions{}, 1)
		require.Error(t, err)
	})
	t.Run("through discovery", func(t *testing.T) { // which asks without credentials, and then meets the name in the certificate again
		t.Parallel()
		c := dial(t, "reader:pass%3Aword@"+at+","+at, trusted)
		r, err := c.ReadAll(soon(t), esdb.ReadAllOptions{From: esdb.Start{}}, 1)
		require.NoError(t, err)
		_, err = r.Recv()
		require.NoError(t, err)
	})
}

func TestWhereItMayServe(t *testing.T) {
	t.Parallel()
	config, _ := certificate(t)
	users := esdbserver.Users{"reader": sha256.Sum256([]byte("password"))}
	for name, step := range map[string]struct {
		at   string
		o    esdbserver.Options
		want string // the error
	}{
		"everywhere, to everybody":             {"0.0.0.0:0", esdbserver.Options{}, esdbserver.ErrOpen.Error()},
		"everywhere on IPv6, to everybody":     {"[::]:0", esdbserver.Options{}, esdbserver.ErrOpen.Error()},
		"everywhere, with TLS, to everybody":   {"0.0.0.0:0", esdbserver.Options{TLS: config}, esdbserver.ErrOpen.Error()},
		"everywhere, passwords in the open":    {"0.0.0.0:0", esdbserver.Options{Users: users}, "need TLS"},
		"at home, passwords in the open":       {"127.0.0.1:0", esdbserver.Options{Users: users}, "need TLS"},
		"everywhere, with TLS and credentials": {"0.0.0.0:0", esdbserver.Options{TLS: config, Users: users}, ""},
		"at home":                              {"127.0.0.1:0", esdbserver.Options{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", step.at)
			if err != nil && strings.HasPrefix(step.at, "[") {
				t.Skip("no IPv6 here")
			}
			require.NoError(t, err)
			stopped, cancel := contextDone()
			defer cancel()
			err = esdbserver.New(ledgertest.NewMemory(), step.o).Serve(stopped, l)
			if step.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, step.want)
			}
			_, err = net.DialTimeout("tcp", l.Addr().String(), time.Second)
			require.Error(t, err, "the listener is closed")
		})
	}
}

func TestUsersFile(t *testing.T) {
	t.Parallel()
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte("word")))
	users, err := esdbserver.ParseUsers(strings.NewReader("# who may read\n\nreader " + digest + "\r\n  other  " + strings.ToUpper(digest) + "  \n"))
	require.NoError(t, err)
	require.Equal(t, esdbserver.Users{"reader": sha256.Sum256([]byte("word")), "other": sha256.Sum256([]byte("word"))}, users)
	for text, want := range map[string]string{
		"reader":                  "line 1: after the name",
		"\nreader word":           "line 2: after the name",
		"reader " + digest[1:]:    "line 1: after the name",
		"reader " + digest + "00": "line 1: after the name",
		"a:b " + digest:           "line 1: a name holds no colon",
		"reader " + digest + "\nreader " + digest: "line 2: reader stands there twice",
		digest: "line 1: after the name",
		"reader " + digest + " # the one in Nairobi": "line 1: after the name",
	} {
		_, err := esdbserver.ParseUsers(strings.NewReader(text))
		require.ErrorContains(t, err, want)
	}
}
