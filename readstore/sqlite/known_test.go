package sqlite

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// TestWhatIsKnownIsNeverOld reads while documents are committed: whoever reads after a commit has returned sees it or a later one, and place and document agree.
func TestWhatIsKnownIsNeverOld(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "views.db"), Options{Alone: true})
	v := readstore.ViewVersion{View: "v", Version: 1}
	ref := projections.Ref{View: "v", Key: "k"}
	commit := func(n uint64) {
		from := ledger.Cursor{Seq: n - 1}
		require.NoError(t, s.Commit(t.Context(), v, from, ledger.Cursor{Seq: n}, []readstore.Doc{{Ref: ref, Version: 1, Document: projections.Document{At: n, Data: fmt.Appendf(nil, "%d", n)}}}))
	}
	commit(1)
	require.NoError(t, s.Serve(t.Context(), v))
	done, ended := make(chan uint64, 1000), make(chan bool)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-ended:
					return
				case least := <-done:
					d, err := s.Get(t.Context(), ref)
					if err != nil || d.At < least || string(d.Data) != fmt.Sprint(d.At) {
						t.Errorf("after commit %d: %v %v", least, d, err)
					}
					clear(d.Data) // the receiver owns the bytes
					_, at, ok, err := s.Served(t.Context(), "v")
					if err != nil || !ok || at.Seq < least {
						t.Errorf("after commit %d: %v %v", least, at, err)
					}
				}
			}
		})
	}
	for n := uint64(2); n < 500; n++ {
		commit(n)
		done <- n
		if _, err := s.Get(t.Context(), ref); err != nil {
			t.Error(err)
		}
	}
	close(ended)
	all.Wait()
}

// TestAStoreThatIsNotAloneKnowsNothing sees what another connection writes.
func TestAStoreThatIsNotAloneKnowsNothing(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{false, true} {
		s := open(t, filepath.Join(t.TempDir(), "views.db"), Options{Alone: alone})
		fill(t, s)
		first := func() error {
			for d, err := range s.List(t.Context(), small.View, "", 1) {
				require.NoError(t, err)
				_, err = s.Get(t.Context(), d.Ref)
				return err
			}
			return nil
		}
		require.NoError(t, first())
		var key string
		for d := range s.List(t.Context(), small.View, "", 1) {
			key = d.Key
		}
		require.NoError(t, s.file.Write(t.Context(), func(c *sqlitefile.Conn) error {
			return c.Exec("DELETE FROM docs WHERE view = ? AND key = ?", small.View, []byte(key))
		}))
		_, err := s.Get(t.Context(), projections.Ref{View: small.View, Key: key})
		require.Equal(t, alone, err == nil)
		require.NoError(t, s.Close())
		_, err = s.Get(t.Context(), projections.Ref{View: small.View, Key: key})
		require.Error(t, err, "closed")
	}
}

// TestWhatIsKnownHasALimit fills more than is kept.
func TestWhatIsKnownHasALimit(t *testing.T) {
	t.Parallel()
	k := newKnown()
	for i := range 100 {
		k.rememberDoc(readstore.Doc{Ref: projections.Ref{View: "v", Key: fmt.Sprint(i)}, Document: projections.Document{Data: make([]byte, 1<<20)}}, 0)
		require.LessOrEqual(t, k.bytes, mostKnown)
	}
	require.NotEmpty(t, k.docs)
	k.changing("v", nil, true)
	require.Empty(t, k.docs)
	require.Zero(t, k.bytes)
}

// TestNothingIsKeptWhileAWriteIsOnItsWay: what was read beside it may be of before it, and would be told to those who have seen what it wrote.
func TestNothingIsKeptWhileAWriteIsOnItsWay(t *testing.T) {
	t.Parallel()
	k := newKnown()
	ref := projections.Ref{View: "v", Key: "a"}
	one := readstore.Doc{Ref: ref, Document: projections.Document{Data: []byte("1")}}
	there := func() bool { _, _, ok := k.doc(ref); return ok }
	served := func() bool { _, _, ok := k.build("v"); return ok }
	keep := func(since uint64) {
		k.rememberDoc(one, since)
		k.rememberBuild(build{ViewVersion: readstore.ViewVersion{View: "v", Version: 1}}, since)
	}
	_, before, _ := k.doc(ref)
	k.changing("v", []readstore.Doc{one}, false)
	_, during, _ := k.doc(ref)
	keep(before)
	keep(during)
	require.False(t, there() || served())
	k.changed()
	keep(before)
	keep(during)
	require.False(t, there() || served(), "read before the write had ended")
	_, after, _ := k.doc(ref)
	keep(after)
	require.True(t, there() && served())
	k.changing("w", nil, true)
	require.True(t, there() && served(), "of another view")
	k.changing("v", nil, false)
	require.True(t, there() && !served(), "a document that does not change")
}
