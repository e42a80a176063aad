package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// esdbread ADDRESS FILE reads everything with the official client, follows it until it has caught up, and writes what it read to FILE, a line for each record, in the
// form of the command records. What the two ways of reading give must be the same. Refused, it writes the reason.
func esdbRead(ts *testscript.TestScript, _ bool, args []string) {
	config, err := esdb.ParseConnectionString(args[0])
	ts.Check(err)
	config.Logger = esdb.NoopLogging()
	c, err := esdb.NewClient(config)
	ts.Check(err)
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	read, err := esdbAll(ctx, c)
	if err != nil {
		read = []byte(err.Error() + "\n")
	} else if followed, err := esdbFollow(ctx, c); err != nil || !bytes.Equal(read, followed) {
		ts.Fatalf("read, then followed (%v):\n%s\n%s", err, read, followed)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), read, 0o600))
}

func esdbLine(e *esdb.ResolvedEvent) string {
	r := e.OriginalEvent()
	return fmt.Sprintf("%d %s %d %s %s %s %s\n", r.Position.Commit-1, r.StreamID, r.EventNumber, r.EventID, r.EventType, r.UserMetadata, r.Data)
}

func esdbAll(ctx context.Context, c *esdb.Client) ([]byte, error) {
	all, err := c.ReadAll(ctx, esdb.ReadAllOptions{From: esdb.Start{}}, ^uint64(0))
	if err != nil {
		return nil, err
	}
	defer all.Close()
	var b bytes.Buffer
	for {
		e, err := all.Recv()
		if errors.Is(err, io.EOF) {
			return b.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		b.WriteString(esdbLine(e))
	}
}

func esdbFollow(ctx context.Context, c *esdb.Client) ([]byte, error) {
	sub, err := c.SubscribeToAll(ctx, esdb.SubscribeToAllOptions{From: esdb.Start{}})
	if err != nil {
		return nil, err
	}
	defer sub.Close()
	var b bytes.Buffer
	for {
		switch e := sub.Recv(); {
		case e.EventAppeared != nil:
			b.WriteString(esdbLine(e.EventAppeared))
		case e.CaughtUp != nil:
			return b.Bytes(), nil
		case e.SubscriptionDropped != nil:
			return nil, e.SubscriptionDropped.Error
		}
	}
}

// certificate CERT KEY makes a certificate for 127.0.0.1 that signs itself, and its key.
func certificateFiles(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(writeCertificate(ts.MkAbs(args[0]), ts.MkAbs(args[1]), 1))
}

func writeCertificate(cert, key string, number int64) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(number), Subject: pkix.Name{CommonName: "daybook"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600),
		os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}), 0o600),
	)
}

// TestANewCertificateIsTaken: when its file changes, and not while the files do not fit.
func TestANewCertificateIsTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	var said bytes.Buffer
	k := &keyPair{cert: cert, key: key, log: slog.New(slog.NewTextHandler(&said, nil))}
	require.Error(t, k.load())
	number := func() int64 {
		pair, err := k.get(&tls.ClientHelloInfo{})
		require.NoError(t, err)
		parsed, err := x509.ParseCertificate(pair.Certificate[0])
		require.NoError(t, err)
		return parsed.SerialNumber.Int64()
	}
	require.NoError(t, writeCertificate(cert, key, 1))
	require.NoError(t, k.load())
	require.EqualValues(t, 1, number())

	require.NoError(t, writeCertificate(filepath.Join(dir, "new.pem"), filepath.Join(dir, "new-key.pem"), 2))
	require.NoError(t, os.Rename(filepath.Join(dir, "new.pem"), cert))
	require.NoError(t, os.Chtimes(cert, time.Time{}, time.Unix(1_700_000_000, 0)))
	require.EqualValues(t, 1, number(), "the key is still that of the other one")
	require.Contains(t, said.String(), "the certificate stays as it was")
	require.NoError(t, os.Rename(filepath.Join(dir, "new-key.pem"), key))
	require.EqualValues(t, 2, number())

	require.NoError(t, os.Remove(cert))
	require.EqualValues(t, 2, number())
}
