package measures

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// How alike people at one table answered is told from five tables on; below that a document says that its intervals do not allow for it.
func TestFewTables(t *testing.T) {
	t.Parallel()
	for _, tables := range []int{leastTables - 1, leastTables} {
		w := crossWorld(t, 5)
		q := w.question("ar_q", choice("a", "b"))
		w.crossed("dl_1", "AA")
		for n := range 6 * tables {
			w.cast("dl_1", "p"+strconv.Itoa(n), q, domain.SessionWave, domain.TableID("t"+strconv.Itoa(n%tables)), domain.Answer{Option: domain.OptionID("ab"[n%2:][:1])})
		}
		asked := w.state.order[len(w.state.order)-1]
		var d ResultDoc
		w.document(Result, asked.String()+"/AA", &d)
		warned := false
		for _, x := range d.Warnings {
			warned = warned || x.Name == WarnFewTables
		}
		require.Equal(t, tables < leastTables, warned)
		require.Equal(t, tables >= leastTables, d.Options[0].Robust != nil)
	}
}
