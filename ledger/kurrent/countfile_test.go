package kurrent_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/ledgertest"
)

// counting is a stream that counts what is sent on it.
type counting struct {
	grpc.ServerStream
	sent *atomic.Int64
}

func (c counting) SendMsg(m any) error {
	c.sent.Add(1)
	return c.ServerStream.SendMsg(m)
}

// A ledger that was counted is not read again at the next start, and everything is as it was.
func TestCountIsKept(t *testing.T) {
	t.Parallel()
	disk := memory()
	const total = 9000 // more than two chunks
	for i := range total / 500 {
		_, err := disk.Append(t.Context(), domain.StreamID(fmt.Sprintf("daybook-test-%d", i)), 0, ledgertest.Drafts(fmt.Sprint(i), 500)...)
		require.NoError(t, err)
	}
	var sent atomic.Int64
	address := serveWith(t, disk, func(_ string, g grpc.ServerStream, handle func(grpc.ServerStream) error) error {
		return handle(counting{g, &sent})
	})
	c := kurrent.Config{URL: url(address), CountFile: filepath.Join(t.TempDir(), "count")}
	n := total
	for start := range 4 {
		sent.Store(0)
		l, err := kurrent.Open(t.Context(), c)
		require.NoError(t, err)
		head, err := l.Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, uint64(n), head)
		if start > 0 {
			require.Less(t, sent.Load(), int64(20), "the ledger was read again")
		}
		seq, err := l.Append(t.Context(), "test-more", uint64(start), ledgertest.Draft("more", start))
		require.NoError(t, err)
		require.Equal(t, uint64(n), seq)
		n++
		require.Equal(t, n, ledgertest.Check(t, l))
		require.NoError(t, l.Close())
	}
}

// A count that is broken, cut off, or another ledger's, makes a start slower and nothing else.
func TestCountIsNotBelieved(t *testing.T) {
	t.Parallel()
	fill := func(command string, n int) ledger.Ledger {
		m := memory()
		for i := range n {
			put(t, m, domain.StreamID("daybook-test-"+command), i, "tested.v1", "{}")
		}
		return m
	}
	one, two := url(serve(t, fill("one", 20), esdbserver.Options{})), url(serve(t, fill("two", 30), esdbserver.Options{}))
	file := filepath.Join(t.TempDir(), "count")
	use := func(url string, want int) {
		t.Helper()
		l, err := kurrent.Open(t.Context(), kurrent.Config{URL: url, CountFile: file})
		require.NoError(t, err)
		require.Equal(t, want, ledgertest.Check(t, l))
		require.NoError(t, l.Close())
	}
	use(one, 20)
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	use(two, 30)
	use(one, 20)
	use(one, 20)
	again, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, whole, again)

	require.NoError(t, os.WriteFile(file, append(append([]byte{}, whole...), whole[len("daybook-count/v1\ndaybook-\n"):]...), 0o600)) // written by two processes
	use(one, 20)
	head := len("daybook-count/v1\ndaybook-\n")
	for at := head; at < len(whole); at += 7 {
		broken := append([]byte{}, whole...)
		broken[at] ^= 0x10
		require.NoError(t, os.WriteFile(file, broken, 0o600))
		use(one, 20)
		require.NoError(t, os.WriteFile(file, whole[:at], 0o600))
		use(one, 20)
	}
	for _, foreign := range []string{"something else", "daybook-count/v1\nother-\n", "daybook-count"} {
		require.NoError(t, os.WriteFile(file, []byte(foreign), 0o600))
		_, err = kurrent.Open(t.Context(), kurrent.Config{URL: one, CountFile: file})
		require.ErrorContains(t, err, "is no count of streams daybook-*")
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, foreign, string(b))
	}
	_, err = kurrent.Open(t.Context(), kurrent.Config{URL: one, CountFile: filepath.Join(t.TempDir(), "missing", "count")})
	require.Error(t, err)
}

// What the server forgets is found by the next start too.
func TestCountHidesNoTruncation(t *testing.T) {
	t.Parallel()
	disk := memory()
	c := kurrent.Config{URL: url(serve(t, disk, esdbserver.Options{})), CountFile: filepath.Join(t.TempDir(), "count")}
	put(t, disk, "daybook-test-a", 0, "tested.v1", "{}")
	put(t, disk, "$$daybook-test-a", 0, "$metadata", `{"$maxAge":1}`)
	for i := range 3 {
		put(t, disk, "daybook-test-b", i, "tested.v1", "{}")
		l, err := kurrent.Open(t.Context(), c)
		require.NoError(t, err)
		_, err = l.Head(t.Context())
		require.ErrorIs(t, err, ledger.ErrDamaged)
		require.NoError(t, l.Close())
	}
}

// FuzzChunks reads files that are no count: what comes of them ascends, and is what a file of their good part says.
func FuzzChunks(f *testing.F) {
	var p kurrent.Places
	p.Add(5, 1)
	p.Add(9, 2)
	good := kurrent.Chunk(&p, 0)
	f.Add([]byte{})
	f.Add(good)
	f.Add(append(append([]byte{}, good...), kurrent.Chunk(&p, 1)...))
	f.Add(good[:len(good)-1])
	f.Fuzz(func(t *testing.T, b []byte) {
		var p, again kurrent.Places
		n := kurrent.ReadChunks(b, &p)
		require.LessOrEqual(t, n, len(b))
		require.Equal(t, n, kurrent.ReadChunks(b[:n], &again))
		require.Equal(t, p, again)
		last := uint64(0)
		for seq := range p.N() {
			position, _ := p.At(seq)
			require.Greater(t, position, last)
			last = position
		}
	})
}
