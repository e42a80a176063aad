package reactors

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/feed"
	"daybook.internal/ledger/feed/feedtest"
)

func openState(t testing.TB, path string) *State {
	t.Helper()
	s, err := OpenState(t.Context(), path, false)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestPositions(t *testing.T) {
	t.Parallel()
	feedtest.Positions(t, func(t *testing.T) feed.Positions { return openState(t, filepath.Join(t.TempDir(), "reactors.db")) })
}

func TestFileIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "reactors.db")
	require.NoError(t, openState(t, path).Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = OpenState(t.Context(), path+".none", true)
	require.ErrorContains(t, err, "there is no state of deliveries to read")
}

// entry is a record that nobody stored.
func entry(seq uint64) ledger.Entry {
	return ledger.Entry{
		Record: domain.Record{Seq: seq, Stream: "s", ID: domain.NewEventID("c", "s", int(seq)), Type: "tested.v1"},
		Cursor: ledger.Cursor{Seq: seq + 1, Token: fmt.Sprint("t", seq+1)},
	}
}

// TestStateModel holds the state against a map, through everything that can be done with it and through reopening.
func TestStateModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "state")
		require.NoError(t, err)
		defer os.RemoveAll(dir)
		ctx := t.Context()
		path := filepath.Join(dir, "reactors.db")
		s, err := OpenState(ctx, path, false)
		require.NoError(t, err)
		defer func() { require.NoError(t, s.Close()) }()
		const limit = 4
		receivers := []string{"a", "b"}
		troubles, at, stopped := map[string]map[uint64]Trouble{"a": {}, "b": {}}, map[string]ledger.Cursor{}, map[string]string{}
		now := time.UnixMilli(1_700_000_000_000)
		draw := func() (string, ledger.Entry) {
			return rapid.SampledFrom(receivers).Draw(t, "receiver"), entry(rapid.Uint64Range(0, 9).Draw(t, "seq"))
		}
		move := func(r string, to ledger.Cursor) { // never back
			if to.Seq > at[r].Seq {
				at[r] = to
			}
		}
		parked := func(r string, states ...string) (seqs []uint64) {
			for _, seq := range slices.Sorted(maps.Keys(troubles[r])) {
				if slices.Contains(states, troubles[r][seq].State) {
					seqs = append(seqs, seq)
				}
			}
			return seqs
		}
		each := func(name string, do func(string, ...uint64) (int, error), then func(r string, seq uint64)) {
			r, e := draw()
			have := parked(r, Parked)
			if rapid.Bool().Draw(t, name+" all") {
				n, err := do(r)
				require.NoError(t, err)
				require.Equal(t, len(have), n)
				for _, seq := range have {
					then(r, seq)
				}
				return
			}
			n, err := do(r, e.Seq, e.Seq)
			if !slices.Contains(have, e.Seq) {
				require.ErrorIs(t, err, ErrNotParked)
				return
			}
			require.NoError(t, err)
			require.Equal(t, 1, n)
			then(r, e.Seq)
		}
		t.Repeat(map[string]func(*rapid.T){
			"failed": func(t *rapid.T) {
				r, e := draw()
				refused := rapid.Bool().Draw(t, "refused")
				now = now.Add(time.Second)
				why := fmt.Sprint("why ", now.Unix())
				want, had := troubles[r][e.Seq]
				if !had {
					want = Trouble{Receiver: r, Seq: e.Seq, Event: e.ID, Type: e.Type, State: Trying, First: domain.TimeOf(now)}
				}
				want.Attempts++
				if refused {
					want.Refusals++
				}
				want.Last, want.Why = domain.TimeOf(now), why
				got, err := s.failed(ctx, r, e, refused, now, why)
				require.NoError(t, err)
				require.Equal(t, want, got)
				troubles[r][e.Seq] = want
			},
			"park": func(t *rapid.T) {
				r, e := draw()
				again := slices.Contains(parked(r, Due), e.Seq)
				err := s.park(ctx, r, e, again, limit, now, "given up")
				if !again && len(parked(r, Parked, Due)) >= limit {
					require.ErrorIs(t, err, errFull)
					return
				}
				require.NoError(t, err)
				tr, had := troubles[r][e.Seq]
				if !had {
					tr = Trouble{Receiver: r, Seq: e.Seq, Event: e.ID, Type: e.Type, Attempts: 1, First: domain.TimeOf(now), Last: domain.TimeOf(now), Why: "given up"}
				}
				tr.State = Parked
				if troubles[r][e.Seq] = tr; !again {
					move(r, e.Cursor)
				}
			},
			"save": func(t *rapid.T) {
				r, e := draw()
				p, err := s.Take(ctx, r, topic)
				require.NoError(t, err)
				defer p.Release()
				require.Equal(t, at[r], p.At())
				require.NoError(t, p.Save(ctx, e.Cursor))
				move(r, e.Cursor)
				maps.DeleteFunc(troubles[r], func(seq uint64, tr Trouble) bool { return seq <= e.Seq && tr.State == Trying })
			},
			"replay": func(*rapid.T) {
				each("replay", func(r string, seqs ...uint64) (int, error) { return s.Replay(ctx, r, seqs...) }, func(r string, seq uint64) {
					tr := troubles[r][seq]
					tr.State, tr.Attempts, tr.Refusals = Due, 0, 0
					troubles[r][seq] = tr
				})
			},
			"drop": func(*rapid.T) {
				each("drop", func(r string, seqs ...uint64) (int, error) { return s.Drop(ctx, r, seqs...) }, func(r string, seq uint64) { delete(troubles[r], seq) })
			},
			"delivered": func(t *rapid.T) {
				r, e := draw()
				require.NoError(t, s.delivered(ctx, r, e.Seq))
				if troubles[r][e.Seq].State == Due {
					delete(troubles[r], e.Seq)
				}
			},
			"stop and resume": func(t *rapid.T) {
				r, _ := draw()
				if stopped[r] == "" {
					require.NoError(t, s.stop(ctx, r, "it says so"))
					stopped[r] = "it says so"
					return
				}
				require.NoError(t, s.Resume(ctx, r))
				delete(stopped, r)
			},
			"reopen": func(t *rapid.T) {
				require.NoError(t, s.Close())
				s, err = OpenState(ctx, path, false)
				require.NoError(t, err)
			},
			"": func(t *rapid.T) {
				why, err := s.stopped(ctx)
				require.NoError(t, err)
				require.Equal(t, stopped, why)
				for _, r := range receivers {
					var got, want []Trouble
					for tr, err := range s.Troubles(ctx, r) {
						require.NoError(t, err)
						got = append(got, tr)
					}
					for _, seq := range slices.Sorted(maps.Keys(troubles[r])) {
						want = append(want, troubles[r][seq])
					}
					require.Equal(t, want, got)
					due, err := s.due(ctx, r, 100)
					require.NoError(t, err)
					require.Equal(t, len(parked(r, Due)), len(due))
				}
				all, err := s.Standings(ctx)
				require.NoError(t, err)
				for _, st := range all {
					require.Equal(t, Standing{
						Receiver: st.Receiver, Position: at[st.Receiver].Seq, Parked: len(parked(st.Receiver, Parked)), Due: len(parked(st.Receiver, Due)), Trying: st.Trying, Stopped: stopped[st.Receiver],
					}, st)
					require.Equal(t, st.Trying != nil, len(parked(st.Receiver, Trying)) > 0)
				}
			},
		})
	})
}

// TestMarkedByAnother: what another process marks is seen, and waits for nobody.
func TestMarkedByAnother(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "reactors.db")
	delivering, marking := openState(t, path), openState(t, path)
	require.NoError(t, delivering.park(t.Context(), "a", entry(3), false, 10, time.Now(), "no"))
	n, err := marking.Replay(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, 1, n)
	due, err := delivering.due(t.Context(), "a", 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	require.NoError(t, delivering.delivered(t.Context(), "a", 3))
	_, err = marking.Drop(t.Context(), "a", 3)
	require.True(t, errors.Is(err, ErrNotParked))
}
