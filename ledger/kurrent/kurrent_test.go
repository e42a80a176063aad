package kurrent_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/ledgertest"
)

// serve serves l on a port of its own until the test ends, and says where.
func serve(t testing.TB, l ledger.Ledger, o esdbserver.Options) string {
	t.Helper()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	o.Append, o.MaxAppend = l, 16<<20
	o.Grace = 100 * time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- esdbserver.New(l, o).Serve(ctx, at) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	return at.Addr().String()
}

func url(address string) string { return fmt.Sprintf("esdb://%s?tls=false", address) }

// memory is a ledger behind a server: a record of ours that does not fit the server becomes a larger one.
func memory() *ledgertest.Memory {
	m := ledgertest.NewMemory()
	m.MaxRecord = 1 << 20
	return m
}

func open(t testing.TB, c kurrent.Config) *kurrent.Ledger {
	t.Helper()
	l, err := kurrent.Open(t.Context(), c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func TestLedger(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(t *testing.T) ledger.Ledger {
		return open(t, kurrent.Config{URL: url(serve(t, memory(), esdbserver.Options{}))})
	})
}
