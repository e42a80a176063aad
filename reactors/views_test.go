package reactors_test

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/ledger"
	"daybook.internal/ledger/sqlite"
	"daybook.internal/projections"
	"daybook.internal/reactors"
	"daybook.internal/reactors/hints"
	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
	"daybook.internal/simulate"
	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
)

// TestViewsDoNotWait: while receivers stall, fail, panic and answer garbage, an edition is made, its views follow to the last event, and who listens hears of it. The receivers have not got past
// their first event by then.
func TestViewsDoNotWait(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := sqlite.Open(t.Context(), filepath.Join(dir, "ledger.db"), sqlite.Options{Alone: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	v, err := vaultsqlite.Open(t.Context(), filepath.Join(dir, "vault.db"), vaultsqlite.Options{Key: vault.Key{1}})
	require.NoError(t, err)
	defer func() { require.NoError(t, v.Close()) }()
	state, err := reactors.OpenState(t.Context(), filepath.Join(dir, "reactors.db"), false)
	require.NoError(t, err)
	defer func() { require.NoError(t, state.Close()) }()

	end := make(chan struct{})
	receiver := func(name string, send func() error) reactors.Receiver {
		return reactors.Receiver{Name: name, Within: time.Minute, First: time.Millisecond, Longest: time.Millisecond, Send: func(context.Context, ledger.Entry, *message.Message) error { return send() }}
	}
	r, err := reactors.Open(t.Context(), reactors.Options{Ledger: l, State: state, Receivers: []reactors.Receiver{
		receiver("stalls", func() error { <-end; return io.EOF }),
		receiver("fails", func() error { return io.ErrUnexpectedEOF }),
		receiver("panics", func() error { panic("on purpose") }),
	}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	hub := hints.NewHub()
	listener, heard := hub.Listen(func(ref projections.Ref) bool { return ref.View == projections.Recommendation.Name }), make(chan error, 1)
	go func() {
		hint, err := listener.Next(ctx)
		if err == nil && len(hint.Changed) == 0 {
			err = io.ErrShortBuffer
		}
		heard <- err
	}()
	projector := readstore.NewProjector(l, storetest.NewMemory(), projections.All(), readstore.Options{Watch: hub.Watch})
	ended := make(chan error, 2)
	go func() { ended <- r.Run(ctx) }()
	go func() { ended <- projector.Run(ctx) }()

	made, err := simulate.Run(t.Context(), &commands.Service{Ledger: l, Vault: v}, simulate.Options{Seed: 1, Countries: 2, Citizens: 10}, func(int, int) {})
	require.NoError(t, err)
	head, err := l.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, uint64(made.Events), head)
	require.NoError(t, projector.Await(t.Context(), head-1))
	require.NoError(t, <-heard)
	standings, err := state.Standings(t.Context())
	require.NoError(t, err)
	require.Len(t, standings, 3)
	require.False(t, slices.ContainsFunc(standings, func(s reactors.Standing) bool { return s.Position != 0 }))
	close(end)
	cancel()
	require.NoError(t, <-ended)
	require.NoError(t, <-ended)
}
