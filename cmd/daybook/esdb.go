package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
)

// esdbFlags say where and to whom the ledger is served for clients of EventStoreDB.
type esdbFlags struct {
	at, cert, key, users string
}

func (f *esdbFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.at, "esdb", "", "address on which clients of EventStoreDB and KurrentDB may read and follow the ledger (docs/esdb.md); beyond loopback with the three flags below (default: none)")
	c.Flags().StringVar(&f.cert, "esdb-cert", "", "of --esdb: file of the TLS certificate, in PEM, with those between it and the root; it is read again when it changes")
	c.Flags().StringVar(&f.key, "esdb-key", "", "of --esdb: file of the certificate's private key, in PEM")
	c.Flags().StringVar(&f.users, "esdb-users", "", "of --esdb: file of those who may read, lines of 'daybook esdb user'")
}

// esdbListener is an address that was taken, and how a ledger is to be served there.
type esdbListener struct {
	net.Listener
	o esdbserver.Options
}

// listen takes the address, and refuses one where the ledger would be open to everybody. It gives nil where nobody asked for it.
func (f *esdbFlags) listen(log *slog.Logger) (*esdbListener, error) {
	switch {
	case f.at == "" && f.cert+f.key+f.users != "":
		return nil, usageError{errors.New("--esdb is missing: the address that --esdb-cert, --esdb-key and --esdb-users are for")}
	case f.at == "":
		return nil, nil
	case (f.cert == "") != (f.key == ""):
		return nil, usageError{errors.New("--esdb-cert and --esdb-key go together")}
	}
	o := esdbserver.Options{Log: log}
	if f.cert != "" {
		pair := &keyPair{flag: "--esdb", cert: f.cert, key: f.key, log: log}
		if err := pair.load(); err != nil {
			return nil, err
		}
		o.TLS = &tls.Config{GetCertificate: pair.get, MinVersion: tls.VersionTLS12}
	}
	if f.users != "" {
		users, err := readUsers(f.users)
		if err != nil {
			return nil, fmt.Errorf("--esdb-users: %w; 'daybook esdb user NAME' makes its lines", err)
		}
		o.Users = users
	}
	l, err := net.Listen("tcp", f.at)
	if err != nil {
		return nil, fmt.Errorf("--esdb: %w", err)
	}
	if err := o.Admits(l.Addr()); err != nil {
		return nil, errors.Join(usageError{fmt.Errorf("--esdb: %w; --esdb-cert, --esdb-key and --esdb-users give them", err)}, l.Close())
	}
	return &esdbListener{l, o}, nil
}

func readUsers(path string) (esdbserver.Users, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	users, err := esdbserver.ParseUsers(f)
	if err == nil && len(users) == 0 {
		err = errors.New("nobody stands in it")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return users, nil
}

// serve serves the ledger until ctx ends.
func (l *esdbListener) serve(ctx context.Context, reader ledger.Reader) error {
	if err := esdbserver.New(reader, l.o).Serve(ctx, l.Listener); err != nil {
		return fmt.Errorf("for clients of EventStoreDB: %w", err)
	}
	return nil
}

// address is what a client is told.
func (l *esdbListener) address() string {
	if l.o.TLS == nil {
		return fmt.Sprintf("esdb://%s?tls=false", l.Addr())
	}
	return fmt.Sprintf("esdb://%s", l.Addr())
}

// A keyPair is a certificate and its key in files. Certificates last for weeks, servers for longer: when the file is another one, it is read again.
type keyPair struct {
	flag      string // what the flags of the files begin with
	cert, key string
	log       *slog.Logger

	mu    sync.Mutex
	pair  *tls.Certificate // what follows is guarded by mu
	since time.Time        // when the file was written that pair is from
}

// load reads the files if they are not those that it has.
func (k *keyPair) load() error {
	info, err := os.Stat(k.cert)
	if err != nil {
		return fmt.Errorf("%s-cert: %w", k.flag, err)
	}
	if k.pair != nil && info.ModTime().Equal(k.since) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		return fmt.Errorf("%s-cert and %[1]s-key: %w", k.flag, err)
	}
	k.pair, k.since = &pair, info.ModTime()
	return nil
}

// get is that of tls.Config. Where the files cannot be read, such as between the writing of one and the other, the last ones stay.
func (k *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.load(); err != nil {
		k.log.Warn("the certificate stays as it was", "error", err)
	}
	return k.pair, nil
}

func (p *program) esdbCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "esdb",
		Short: "Let clients of EventStoreDB and KurrentDB read: make their credentials",
		Long: `'daybook serve --esdb' serves the ledger over the gRPC protocol of EventStoreDB, for reading: streams, everything, and subscriptions, by any of its official
clients. Beyond the machine itself, they need TLS and credentials, which are made here.`,
	}
	c.AddCommand(p.esdbUserCommand())
	return c
}

func (p *program) esdbUserCommand() *cobra.Command {
	c := args(&cobra.Command{
		Use:   "user NAME",
		Short: "Make a password for somebody who may read, and print the line for the users file",
		Long: `Makes a random password, prints it to stderr, once, and prints the line for the file of --esdb-users to stdout: the name and the SHA-256 of the password;
'daybook esdb user newsroom >> users'. The file does not give the password away; give it to whoever reads. To take somebody out, delete the line and start the server again.`,
		Example: "  daybook esdb user newsroom\n  daybook esdb user newsroom -o json",
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		var secret [32]byte
		_, _ = rand.Read(secret[:]) // it does not fail (package crypto/rand)
		password := base64.RawURLEncoding.EncodeToString(secret[:])
		made, err := esdbserver.NewUser(given[0], password)
		if err != nil {
			return usageError{hint(err, c)}
		}
		fmt.Fprintf(p.err, "the password of %s, which is not shown again: %s\n", given[0], password)
		if p.output == "table" {
			_, err := fmt.Fprintln(p.out, made)
			return err
		}
		digest := sha256.Sum256([]byte(password))
		row := struct {
			Name   string `json:"name"`
			SHA256 string `json:"sha256"`
		}{given[0], hex.EncodeToString(digest[:])}
		return printRows(p, row, []any{row}, table.Row{"name", "sha256"}, func(any) table.Row { return table.Row{row.Name, row.SHA256} })
	}
	return c
}
