package transfer_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
	"daybook.internal/ledger/transfer"
)

// BenchmarkCopy copies records of 400 bytes, one a stream, as ballots and reactions are: from SQLite to SQLite, beside the same appends without reading and comparing; and over the protocol
// of KurrentDB, to a server that keeps them in memory, so that the protocol alone is measured.
func BenchmarkCopy(b *testing.B) {
	const n = 20000
	batches := make([]ledger.Batch, n)
	for i := range batches {
		stream := domain.StreamName("ballot", fmt.Sprint(i))
		batches[i] = ledger.Batch{Stream: stream, Drafts: []ledger.Draft{{
			ID: domain.NewEventID("c", stream, i), Type: "ballot-cast.v1", Meta: fmt.Appendf(nil, `{"time":%d,"pad":"%0120d"}`, i, i), Data: fmt.Appendf(nil, `{"n":%d,"pad":"%0200d"}`, i, i),
		}}}
	}
	made := func(b *testing.B) *sqlite.Ledger {
		l, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "ledger.db"), sqlite.Options{})
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, l.Close()) })
		return l
	}
	from := made(b)
	_, _, err := from.AppendBatches(b.Context(), batches)
	require.NoError(b, err)
	rate := func(b *testing.B) { b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s") }

	b.Run("to=sqlite", func(b *testing.B) {
		for range b.N {
			_, err := transfer.Copy(b.Context(), from, made(b), nil)
			require.NoError(b, err)
		}
		rate(b)
	})
	b.Run("floor=sqlite", func(b *testing.B) {
		for range b.N {
			to := made(b)
			for i := 0; i < n; i += 1000 {
				_, _, err := to.AppendBatches(b.Context(), batches[i:i+1000])
				require.NoError(b, err)
			}
		}
		rate(b)
	})
	b.Run("nothing=new", func(b *testing.B) {
		to := made(b)
		_, err := transfer.Copy(b.Context(), from, to, nil)
		require.NoError(b, err)
		b.ResetTimer()
		for range b.N {
			_, err := transfer.Copy(b.Context(), from, to, nil)
			require.NoError(b, err)
		}
		rate(b)
	})
	b.Run("to=protocol", func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			to := protocol(b)
			b.StartTimer()
			_, err := transfer.Copy(b.Context(), from, to, nil)
			require.NoError(b, err)
		}
		rate(b)
	})
}

// protocol is a ledger behind a server and a client.
func protocol(b *testing.B) ledger.Ledger {
	kept := ledgertest.NewMemory()
	kept.MaxRecord = 1 << 20
	at, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- esdbserver.New(kept, esdbserver.Options{Append: kept, MaxAppend: 16 << 20}).Serve(ctx, at)
	}()
	b.Cleanup(func() { stop(); require.NoError(b, <-ended) })
	l, err := kurrent.Open(b.Context(), kurrent.Config{URL: "esdb://" + at.Addr().String() + "?tls=false"})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, l.Close()) })
	return l
}
