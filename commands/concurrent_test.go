package commands_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A respondent's devices all speak at once.
func TestConcurrentCommands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("post-statement")
	var now sync.Mutex
	clock := w.Now
	w.Now = func() time.Time {
		now.Lock()
		defer now.Unlock()
		return clock()
	}
	before := len(w.records())
	const devices = 16
	values := []string{"agree", "disagree", "pass"}
	receipts := make([]commands.Receipt, devices)
	var all sync.WaitGroup
	for i := range devices {
		all.Go(func() {
			for {
				r, err := w.Service.React(context.Background(), by(fmt.Sprint("device-", i)), commands.React{
					Conversation: "dl_1", Statement: "1", Respondent: "p9", Value: domain.ReactionValue(values[i%3])})
				if err == nil {
					receipts[i] = r
					return
				}
				if !errors.Is(err, ledger.ErrConflict) { // whoever gave up sends it again
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	written := map[domain.EventID]uint64{}
	for _, r := range w.records()[before:] {
		written[r.ID] = r.Seq
	}
	n := 0
	for i, r := range receipts {
		require.NotEmpty(t, r.Stream)
		for _, e := range r.Events {
			n++
			require.Equal(t, domain.NewEventID(fmt.Sprint("device-", i), r.Stream, 0), e.ID)
			require.Equal(t, written[e.ID], e.Seq)
			require.Equal(t, e.Seq-uint64(before)+1, r.Version)
		}
	}
	require.Len(t, written, n, "what was acknowledged stands, and nothing else")
	var last domain.ReactionValue
	for _, r := range w.records()[before:] {
		f, err := r.Decode()
		require.NoError(t, err)
		cast := f.Event.(domain.ReactionCast)
		require.EqualValues(t, r.Revision+1, cast.Revision)
		require.Equal(t, last, cast.Replaces, "each was decided on the one before it")
		last = cast.Value
	}
}
