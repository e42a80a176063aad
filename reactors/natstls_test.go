package reactors

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/ledgertest"
)

// certified is a certificate of its own for a name or an address, and the file to trust it by.
func certified(t *testing.T, name string, addresses ...net.IP) (tls.Certificate, string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, IPAddresses: addresses, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, path
}

// TestNATSOverTLS: a broker's certificate must be of its address and of an authority that is trusted, and where TLS is asked for, nothing goes without. A broker that is not so is waited for
// like one that is away.
func TestNATSOverTLS(t *testing.T) {
	t.Parallel()
	loop := net.IPv4(127, 0, 0, 1)
	certificate, ca := certified(t, "localhost", loop)
	_, otherCA := certified(t, "localhost", loop)
	elsewhere, elsewhereCA := certified(t, "elsewhere.example")
	run := func(c *tls.Certificate) *server.Server {
		o := &server.Options{Host: "127.0.0.1", Port: -1, StoreDir: t.TempDir()}
		if c != nil {
			o.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*c}, MinVersion: tls.VersionTLS12}
		}
		s := natsWith(t, o)
		t.Cleanup(func() { stopNATS(s) })
		return s
	}
	secured, misnamed, plain := run(&certificate), run(&elsewhere), run(nil)
	trusting := nats.RootCAs(ca)
	makeStream(t, secured, trusting)
	makeStream(t, misnamed, nats.Secure(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})) // in this test alone
	makeStream(t, plain)
	for name, c := range map[string]struct {
		to         *server.Server
		scheme, ca string
		takes      bool
	}{
		"trusted":                   {secured, "tls", ca, true},
		"trusted, nats":             {secured, "nats", ca, true},
		"of another authority":      {secured, "tls", otherCA, false},
		"of no authority":           {secured, "tls", "", false},
		"of no authority, nats":     {secured, "nats", "", false},
		"of another name":           {misnamed, "tls", elsewhereCA, false},
		"without TLS":               {plain, "tls", "", false},
		"without TLS, where caFile": {plain, "nats", ca, false},
	} {
		t.Run(name, func(t *testing.T) {
			l, state := ledgertest.NewMemory(), openState(t, filepath.Join(t.TempDir(), "reactors.db"))
			add(t, l, 0, 3)
			port := c.to.Addr().(*net.TCPAddr).Port
			r, err := Source{Path: writeConfig(t, fmt.Sprintf(
				`{"brokers": [{"name": "bus", "first": "10ms", "longest": "100ms", "timeout": "2s", "caFile": %q, "nats": {"url": "%s://127.0.0.1:%d", "subject": "daybook.{type}"}}]}`,
				c.ca, c.scheme, port))}.Read()
			require.NoError(t, err)
			_, stop := start(t, Options{Ledger: l, State: state, Receivers: r})
			if c.takes {
				await(t, "it has all", func() bool { return standing(t, state, "bus").Position == 3 })
				stop()
				require.Len(t, published(t, c.to, trusting), 3)
				return
			}
			await(t, "it is waited for", func() bool {
				st := standing(t, state, "bus")
				return st.Trying != nil && st.Trying.Attempts > 1 && st.Trying.Why == "the broker cannot be reached"
			})
			stop()
			require.Zero(t, standing(t, state, "bus").Position)
			if c.to == plain {
				require.Empty(t, published(t, c.to))
			}
		})
	}
}
