package kurrent_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/ledgertest"
)

// A switch is a server that can be stopped, and another one started at its address.
type onOff struct {
	t       testing.TB
	address string
	stop    func()
}

func newSwitch(t testing.TB, l ledger.Ledger, o esdbserver.Options) *onOff {
	t.Helper()
	s := &onOff{t: t, address: "127.0.0.1:0", stop: func() {}}
	s.restart(l, o)
	t.Cleanup(func() { s.stop() })
	return s
}

func (s *onOff) restart(l ledger.Ledger, o esdbserver.Options) {
	s.t.Helper()
	s.stop()
	at := listen(s.t, s.address)
	s.address = at.Addr().String()
	o.Append, o.MaxAppend, o.Grace = l, 16<<20, 100*time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- esdbserver.New(l, o).Serve(ctx, at) }()
	s.stop = func() {
		cancel()
		require.NoError(s.t, <-ended)
		s.stop = func() {}
	}
}

// listen waits until an address is free: where a server has stopped, somebody's connection may have been given its port for a while.
func listen(t testing.TB, address string) (at net.Listener) {
	t.Helper()
	require.Eventually(t, func() (free bool) {
		var err error
		at, err = net.Listen("tcp", address)
		return err == nil
	}, time.Minute, 10*time.Millisecond, "%s is not free", address)
	return at
}

// put appends to a server's disk as others would, past this package.
func put(t testing.TB, disk ledger.Ledger, stream domain.StreamID, version int, typ, data string) {
	t.Helper()
	_, err := disk.Append(t.Context(), stream, uint64(version), ledger.Draft{ID: domain.NewEventID("put", stream, version), Type: typ, Meta: []byte("{}"), Data: []byte(data)})
	require.NoError(t, err)
}

// A server that others use too: Seq counts what is ours, wherever it stands.
func TestSharedServer(t *testing.T) {
	t.Parallel()
	disk := memory()
	address := serve(t, disk, esdbserver.Options{})
	l, twin := open(t, kurrent.Config{URL: url(address)}), open(t, kurrent.Config{URL: url(address), Prefix: "other-"})
	others := 0
	noise := func(n int) {
		for range n {
			put(t, disk, domain.StreamID([]string{"noise-a", "$stats-0", "daybook", "daybookx-a", "$$noise-a", "Daybook-a"}[others%6]), others/6, "noise", "{}")
			others++
		}
	}
	noise(40)
	for i := range 20 {
		seq, err := l.Append(t.Context(), "test-a", uint64(i), ledgertest.Draft("one", i))
		require.NoError(t, err)
		require.Equal(t, uint64(i), seq)
		noise(i % 4)
		seq, err = twin.Append(t.Context(), "test-a", uint64(i), ledgertest.Draft("two", i))
		require.NoError(t, err)
		require.Equal(t, uint64(i), seq)
	}
	noise(6000) // behind which the head is found
	for _, l := range []*kurrent.Ledger{l, twin, open(t, kurrent.Config{URL: url(address)})} {
		head, err := l.Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, uint64(20), head)
		require.Equal(t, 20, ledgertest.Check(t, l))
		all := ledgertest.All(t, l, ledger.Cursor{})
		for i, e := range all {
			require.Len(t, ledgertest.All(t, l, e.Cursor), 19-i)
		}
	}
	noise(1)
	seq, err := l.Append(t.Context(), "test-b", 0, ledgertest.Draft("one", 20))
	require.NoError(t, err)
	require.Equal(t, uint64(20), seq)
}

// A ledger that is served under its own names is read and followed as it is.
func TestAllStreams(t *testing.T) {
	t.Parallel()
	disk := memory()
	put(t, disk, "$stats-0", 0, "$stats", "{}")
	_, err := disk.Append(t.Context(), "ballot-dl/x", 0, ledgertest.Drafts("one", 3)...)
	require.NoError(t, err)
	put(t, disk, "$$$stats-0", 0, "$metadata", `{"$maxCount":1}`)
	l := open(t, kurrent.Config{URL: url(serve(t, disk, esdbserver.Options{})), Prefix: kurrent.AllStreams})
	require.Equal(t, 3, ledgertest.Check(t, l))
	seq, err := l.Append(t.Context(), "ballot-dl/y", 0, ledgertest.Draft("two", 0))
	require.NoError(t, err)
	require.Equal(t, uint64(3), seq)
	require.Len(t, ledgertest.Stream(t, disk, "ballot-dl/y"), 1)
	_, err = l.Append(t.Context(), "$mine", 0, ledgertest.Draft("two", 0))
	require.ErrorContains(t, err, "belong to the server")
	put(t, disk, "$$ballot-dl/x", 0, "$metadata", `{"$maxCount":1}`)
	require.Eventually(t, func() bool { _, err := l.Head(t.Context()); return errors.Is(err, ledger.ErrDamaged) }, 10*time.Second, time.Millisecond)
}

// A cluster is found by its nodes, or by a name that lists them.
func TestCluster(t *testing.T) {
	t.Parallel()
	address := serve(t, memory(), esdbserver.Options{})
	for i, url := range []string{"esdb+discover://" + address + "?tls=false", "esdb://127.0.0.1:1," + address + "?tls=false"} {
		l := open(t, kurrent.Config{URL: url})
		_, err := l.Append(t.Context(), "test-a", uint64(i), ledgertest.Draft("one", i))
		require.NoError(t, err)
		require.Equal(t, i+1, ledgertest.Check(t, l))
	}
}

// A place in one ledger is none in another one, also where the numbers are the same, and none in a process that comes later if it was none before.
func TestCursorsOfOthers(t *testing.T) {
	t.Parallel()
	address := serve(t, memory(), esdbserver.Options{})
	l, again := open(t, kurrent.Config{URL: url(address)}), open(t, kurrent.Config{URL: url(address)})
	other := open(t, kurrent.Config{URL: url(serve(t, memory(), esdbserver.Options{}))})
	for i := range 3 {
		_, err := l.Append(t.Context(), "test-a", uint64(i), ledgertest.Draft("one", i))
		require.NoError(t, err)
		_, err = other.Append(t.Context(), "test-a", uint64(i), ledgertest.Draft("two", i))
		require.NoError(t, err)
	}
	at := ledgertest.All(t, l, ledger.Cursor{})[1].Cursor
	require.Len(t, ledgertest.All(t, again, at), 1)
	require.Equal(t, ledgertest.All(t, l, ledger.Cursor{}), ledgertest.All(t, again, ledger.Cursor{}))
	for _, at := range []ledger.Cursor{at, {Seq: 1, Token: at.Token}, {Seq: 2, Token: "2"}, {Seq: 2, Token: "2-"}, {Seq: 2, Token: "-00000000"}, {Seq: 4}} {
		for _, read := range []*kurrent.Ledger{other} {
			n := 0
			for _, err := range read.All(t.Context(), at) {
				require.ErrorIs(t, err, ledger.ErrCursor)
				n++
			}
			for _, err := range read.Follow(t.Context(), at) {
				require.ErrorIs(t, err, ledger.ErrCursor)
				n++
			}
			require.Equal(t, 2, n)
		}
	}
}

// Far behind the head, records come from the server; near it, from what the tail keeps. The change is not to be seen.
func TestFollowFromFarBehind(t *testing.T) {
	t.Parallel()
	disk := memory()
	const total = 3 * kurrent.MaxRecent
	for i := range total / 500 {
		_, err := disk.Append(t.Context(), domain.StreamID(fmt.Sprintf("daybook-test-%d", i)), 0, ledgertest.Drafts(fmt.Sprint(i), 500)...)
		require.NoError(t, err)
	}
	l := open(t, kurrent.Config{URL: url(serve(t, disk, esdbserver.Options{}))})
	n := total / 500 * 500
	for _, from := range []int{0, 1, n - kurrent.MaxRecent - 1, n - 1} {
		next := from
		for e, err := range l.Follow(t.Context(), ledger.Cursor{Seq: uint64(from)}) {
			require.NoError(t, err)
			require.Equal(t, uint64(next), e.Seq)
			if next++; next >= n && next < n+5 {
				_, err := l.Append(t.Context(), domain.StreamID(fmt.Sprintf("test-%d-%d", from, next)), 0, ledgertest.Draft("live", next))
				require.NoError(t, err)
			}
			if next == n+5 {
				break
			}
		}
		n += 5
	}
	require.Equal(t, n, ledgertest.Check(t, l))
}

// A stream that the server forgets stops the ledger, with words, until that is undone.
func TestTruncationIsRefused(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"$maxAge": `{"$maxAge":3600}`, "$maxCount": `{"$acl":{"$r":"$all"},"$maxCount":5}`, "$tb": `{"$tb":9223372036854775807}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := memory()
			l := open(t, kurrent.Config{URL: url(serve(t, disk, esdbserver.Options{}))})
			_, err := l.Append(t.Context(), "test-a", 0, ledgertest.Draft("one", 0))
			require.NoError(t, err)
			put(t, disk, "$$other-a", 0, "$metadata", data) // theirs to say
			put(t, disk, "$$daybook-test-a", 0, "$metadata", `{"$acl":{"$r":"$all"},"$maxCount":null}`)
			require.Equal(t, 1, ledgertest.Check(t, l))
			ended := make(chan error, 1)
			go func() {
				for _, err := range l.Follow(t.Context(), ledger.Cursor{Seq: 1}) {
					ended <- err
				}
			}()
			put(t, disk, "$$daybook-test-a", 1, "$metadata", data)
			refused := func(err error) {
				t.Helper()
				var e *kurrent.TruncatedError
				require.ErrorAs(t, err, &e)
				require.ErrorIs(t, err, ledger.ErrDamaged)
				require.Equal(t, domain.StreamID("test-a"), e.Stream)
				require.ErrorContains(t, err, name)
			}
			refused(<-ended)
			_, err = l.Append(t.Context(), "test-b", 0, ledgertest.Draft("two", 0))
			refused(err)
			_, err = l.Head(t.Context())
			refused(err)
			for _, err := range l.Stream(t.Context(), "test-a", 0) {
				refused(err)
			}
			for _, err := range l.All(t.Context(), ledger.Cursor{}) {
				refused(err)
			}
			late := open(t, kurrent.Config{URL: url(serve(t, disk, esdbserver.Options{}))}) // who comes later finds it too
			_, err = late.Head(t.Context())
			refused(err)

			put(t, disk, "$$daybook-test-a", 2, "$metadata", `{}`)
			require.Eventually(t, func() bool {
				_, err = l.Append(t.Context(), "test-b", 0, ledgertest.Draft("two", 0))
				return err == nil
			}, 10*time.Second, 10*time.Millisecond)
			require.Equal(t, 2, ledgertest.Check(t, l))
		})
	}
}

func TestDeletedStreamIsRefused(t *testing.T) {
	t.Parallel()
	disk := memory()
	l := open(t, kurrent.Config{URL: url(serve(t, disk, esdbserver.Options{}))})
	_, err := l.Append(t.Context(), "test-a", 0, ledgertest.Draft("one", 0))
	require.NoError(t, err)
	put(t, disk, "daybook-test-a", 1, "$streamDeleted", "")
	_, err = l.Head(t.Context())
	var e *kurrent.TruncatedError
	require.ErrorAs(t, err, &e)
	require.Equal(t, domain.StreamID("test-a"), e.Stream)
}

// A server that was put back to an earlier day, or another one at the same address, is not taken for the one that was read before.
func TestAnotherServer(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]func(t *testing.T) *ledgertest.Memory{
		"an empty one":   func(*testing.T) *ledgertest.Memory { return memory() },
		"an earlier day": func(t *testing.T) *ledgertest.Memory { return written(t, "one", 2) },
		"another story":  func(t *testing.T) *ledgertest.Memory { return written(t, "two", 3) },
		"a longer story": func(t *testing.T) *ledgertest.Memory { return written(t, "two", 9) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, at := written(t, "one", 3), other(t)
			s := newSwitch(t, first, esdbserver.Options{})
			l := open(t, kurrent.Hasty(kurrent.Config{URL: url(s.address)}))
			require.Equal(t, 3, ledgertest.Check(t, l))
			s.restart(at, esdbserver.Options{})
			for err := error(nil); !errors.Is(err, ledger.ErrDamaged); { // until the loss of the first one is noticed
				_, err = l.Head(t.Context())
			}
			_, err := l.Append(t.Context(), "test-b", 0, ledgertest.Draft("three", 0))
			require.ErrorIs(t, err, ledger.ErrDamaged)
			for _, err := range l.Follow(t.Context(), ledger.Cursor{}) {
				require.ErrorIs(t, err, ledger.ErrDamaged)
			}
			require.Empty(t, ledgertest.Stream(t, at, "daybook-test-b"), "nothing was written to the other one")
			s.restart(first, esdbserver.Options{})
			require.Eventually(t, func() bool {
				_, err := l.Append(t.Context(), "test-b", 0, ledgertest.Draft("three", 0))
				return err == nil
			}, 30*time.Second, 100*time.Millisecond)
			require.Equal(t, 4, ledgertest.Check(t, l))
		})
	}
}

// written is the disk of a server with n records of command.
func written(t testing.TB, command string, n int) *ledgertest.Memory {
	t.Helper()
	m := memory()
	_, err := m.Append(t.Context(), "daybook-test-a", 0, ledgertest.Drafts(command, n)...)
	require.NoError(t, err)
	return m
}
