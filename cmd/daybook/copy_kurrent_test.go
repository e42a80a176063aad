package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

// TestCopyOverTheProtocol: from SQLite over the protocol of KurrentDB to SQLite again, an edition has the same records, the same root and the same views.
func TestCopyOverTheProtocol(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from, back := filepath.Join(dir, "from"), filepath.Join(dir, "back")
	var made any
	daybook(t, &made, "simulate", "--data", from, "--countries", "2", "--citizens", "12")
	kept := ledgertest.NewMemory()
	kept.MaxRecord = 1 << 20
	at, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- esdbserver.New(kept, esdbserver.Options{Append: kept, MaxAppend: 16 << 20}).Serve(ctx, at)
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	there := "kurrentdb://" + at.Addr().String() + "?tls=false"

	var out, again, in copied
	daybook(t, &out, "copy", "--from", from, "--to", there, "--kurrent-prefix", "edition-")
	require.Equal(t, out.Records, out.Copied)
	require.Greater(t, out.Records, uint64(500))
	require.Equal(t, there, out.To)
	daybook(t, &again, "copy", "--from", from, "--to", there, "--kurrent-prefix", "edition-")
	require.Zero(t, again.Copied)
	daybook(t, &in, "copy", "--from", there, "--to", back, "--kurrent-prefix", "edition-")
	require.Equal(t, out.Root, in.Root)
	require.Equal(t, records(t, from), records(t, back))

	// The views follow from the copy, and are byte for byte those of the original.
	var report replayReport
	daybook(t, &made, "view", "list", "--data", back)
	daybook(t, &report, "replay", "--data", back)
	require.Zero(t, report.Mismatches)
	require.NotZero(t, report.Commitments, "the commitments to the views in the record hold for those of the copy")
	for _, view := range []string{"country", "global", "recommendation"} {
		var a, b bytes.Buffer
		for to, data := range map[*bytes.Buffer]string{&a: from, &b: back} {
			root := newRoot(to, io.Discard)
			root.SetArgs([]string{"view", "list", view, "--data", data, "-o", "ndjson"})
			require.NoError(t, root.ExecuteContext(t.Context()))
		}
		require.NotEmpty(t, a.String())
		require.Equal(t, a.String(), b.String())
	}
}

// What an address holds besides the place is not repeated.
func TestShownAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"./data": "./data", "sqlite:./d@ta": "sqlite:./d@ta", "esdb://a:2113?tls=false": "esdb://a:2113?tls=false",
		"esdb://admin:changeit@a:2113,b:2113": "esdb://a:2113,b:2113", "kurrentdb+discover://u:p@ss/w@name:2113": "kurrentdb+discover://name:2113",
	} {
		require.Equal(t, want, shown(address))
	}
	root := newRoot(io.Discard, io.Discard)
	root.SetArgs([]string{"copy", "--from", "esdb://admin:geheim@127.0.0.1:1?maxDiscoverAttempts=x", "--to", t.TempDir()})
	err := root.ExecuteContext(t.Context())
	require.Error(t, err)
	require.NotContains(t, err.Error(), "geheim")
}
