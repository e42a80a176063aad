package kurrent_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/ledgertest"
)

// An authority is a certificate authority of a test, and the path of its certificate.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of a test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return authority{cert, key, file}
}

// issue makes a certificate for 127.0.0.1.
func (a authority) issue(t testing.TB, until time.Time) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: until, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	require.NoError(t, err)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func caFile(t testing.TB) string { return newAuthority(t).file }

func TestTLS(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	users := esdbserver.Users{"ops": sha256.Sum256([]byte(secret))}
	at := "esdb://" + serve(t, memory(), esdbserver.Options{TLS: ca.issue(t, time.Now().Add(time.Hour)), Users: users})
	credentials := filepath.Join(t.TempDir(), "credentials")
	require.NoError(t, os.WriteFile(credentials, []byte("ops:"+secret+"\n"), 0o600))

	for name, c := range map[string]kurrent.Config{
		"from a file":            {URL: at, CAFile: ca.file, CredentialsFile: credentials},
		"from the environment":   {URL: at, CAFile: ca.file, Credentials: "ops:" + secret},
		"in a connection string": {URL: "esdb://ops:s3cr3t%40%2F%3F%23%3A@" + at[len("esdb://"):] + "?tlsCAFile=" + ca.file},
	} {
		l := open(t, c)
		_, err := l.Append(t.Context(), "test-a", 0, ledgertest.Draft("one", 0))
		require.NoError(t, err, name)
		require.Equal(t, 1, ledgertest.Check(t, l), name)
	}

	expired := "esdb://" + serve(t, memory(), esdbserver.Options{TLS: ca.issue(t, time.Now().Add(-time.Hour)), Users: users})
	plain := "esdb://" + serve(t, memory(), esdbserver.Options{})
	for name, c := range map[string]struct {
		config kurrent.Config
		says   string
	}{
		"a wrong password":         {kurrent.Config{URL: at, CAFile: ca.file, Credentials: "ops:s3cr3t"}, "Unauthenticated"},
		"nobody we know":           {kurrent.Config{URL: at, CAFile: ca.file, Credentials: "nobody:s3cr3t"}, "Unauthenticated"},
		"no credentials":           {kurrent.Config{URL: at, CAFile: ca.file}, "Unauthenticated"},
		"another authority":        {kurrent.Config{URL: at, CAFile: caFile(t), Credentials: "ops:" + secret}, "certificate signed by unknown authority"},
		"an expired certificate":   {kurrent.Config{URL: expired, CAFile: ca.file, Credentials: "ops:" + secret}, "certificate has expired"},
		"a server that has no TLS": {kurrent.Config{URL: plain, CAFile: ca.file, Credentials: "ops:" + secret}, "does not look like a TLS handshake"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			c.config.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			c.config.Patience = time.Minute // the answer comes at once and not after it
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			_, err := kurrent.Open(ctx, c.config)
			require.ErrorIs(t, err, kurrent.ErrRefused)
			require.ErrorContains(t, err, c.says)
			var e *esdb.Error
			require.ErrorAs(t, err, &e)
			require.NotContains(t, err.Error()+log.String(), "s3cr3t")
		})
	}
}

// A server that takes an account away while it is used: calls and followers say so at once. When the account is back, calls succeed again.
func TestAccountTakenAway(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	certificate := ca.issue(t, time.Now().Add(time.Hour))
	users := esdbserver.Users{"ops": sha256.Sum256([]byte(secret))}
	disk := memory()
	s := newSwitch(t, disk, esdbserver.Options{TLS: certificate, Users: users})
	l := open(t, kurrent.Hasty(kurrent.Config{URL: "esdb://" + s.address, CAFile: ca.file, Credentials: "ops:" + secret}))
	_, err := l.Append(t.Context(), "test-a", 0, ledgertest.Draft("one", 0))
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		for _, err := range l.Follow(t.Context(), ledger.Cursor{Seq: 1}) {
			ended <- err
		}
	}()
	s.restart(disk, esdbserver.Options{TLS: certificate, Users: esdbserver.Users{"other": users["ops"]}})
	require.ErrorIs(t, <-ended, kurrent.ErrRefused)
	_, err = l.Append(t.Context(), "test-a", 1, ledgertest.Draft("one", 1))
	require.ErrorIs(t, err, kurrent.ErrRefused)
	s.restart(disk, esdbserver.Options{TLS: certificate, Users: users})
	require.Eventually(t, func() bool {
		_, err = l.Append(t.Context(), "test-a", 1, ledgertest.Draft("one", 1))
		return err == nil
	}, 30*time.Second, 100*time.Millisecond)
	require.Equal(t, 2, ledgertest.Check(t, l))
}
