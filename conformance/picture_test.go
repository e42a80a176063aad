package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/sqlite"
)

// newLedger makes an empty ledger, the embedded one.
func newLedger(t testing.TB) *sqlite.Ledger {
	t.Helper()
	l, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

// populate fills l with what the client's tests look for by name: dataset20M-0 with 6,000 events, dataset20M-1800 with 2,000, and 500 of types that begin with
// eventType-194, in all of them between the others. It returns what it has appended, in the order of the ledger.
func populate(t testing.TB, l *sqlite.Ledger) []domain.Record {
	t.Helper()
	var all []domain.Record
	var batches []ledger.Batch
	next := map[domain.StreamID]uint64{}
	at := time.Date(2020, 1, 12, 18, 14, 13, 0, time.UTC)
	add := func(stream domain.StreamID, kind string) {
		at = at.Add(1234567 * time.Microsecond)
		n := len(all)
		meta, err := domain.EncodeMeta(domain.Meta{Source: "edition-1", Time: domain.TimeOf(at), Actor: domain.Actor{Role: domain.Coordinator, Principal: "c"}, Command: fmt.Sprint(n)})
		require.NoError(t, err)
		d := ledger.Draft{ID: domain.NewEventID("populate", stream, int(next[stream])), Type: kind, Meta: meta, Data: fmt.Appendf(nil, `{"n":%d}`, n)}
		all = append(all, domain.Record{Seq: uint64(n), Stream: stream, Revision: next[stream], ID: d.ID, Type: d.Type, Meta: d.Meta, Data: d.Data})
		batches = append(batches, ledger.Batch{Stream: stream, Version: next[stream], Drafts: []ledger.Draft{d}})
		next[stream]++
	}
	for i := range 6000 {
		add("dataset20M-0", fmt.Sprintf("eventType-%d", i%190))
		if i%3 == 1 {
			add("dataset20M-1800", "eventType-180")
		}
		if i%12 == 7 {
			add(domain.StreamID(fmt.Sprintf("dataset20M-%d", 194+i%5)), []string{"eventType-194", "eventType-1940"}[i%2])
		}
	}
	done, written, err := l.AppendBatches(t.Context(), batches)
	require.NoError(t, err)
	require.Equal(t, len(all), done)
	require.Equal(t, len(all), written)
	return all
}

// The client's tests compare what they read with a picture of the database that their authors had, in which positions are offsets in a file. A ledger has
// other positions, so its picture is drawn anew: in the same files and form, of the same places. It is drawn from what was appended and not from what is served.
func drawPicture(t testing.TB, dir string, all []domain.Record) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	type number struct {
		Value uint64 `json:"value"`
	}
	type place struct {
		Prepare uint64 `json:"prepare"`
		Commit  uint64 `json:"commit"`
	}
	type moment struct {
		Seconds int64 `json:"seconds"`
		Nanos   int   `json:"nanos"`
	}
	type event struct {
		StreamID       string `json:"streamId"`
		StreamRevision number `json:"streamRevision"`
		EventID        string `json:"eventId"`
		EventType      string `json:"eventType"`
		Created        moment `json:"created"`
		Position       place  `json:"position"`
		ContentType    string `json:"contentType"`
	}
	placeOf := func(r domain.Record) place { return place{r.Seq + 1, r.Seq + 1} }
	write := func(name string, v any) {
		b, err := json.MarshalIndent(v, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), b, 0o600))
	}
	events := func(name string, records []domain.Record) {
		require.Len(t, records, 10)
		var out []map[string]event
		for _, r := range records {
			m, err := domain.DecodeMeta(r.Meta)
			require.NoError(t, err)
			at := m.Time.Std()
			out = append(out, map[string]event{"event": {
				string(r.Stream), number{r.Revision}, r.ID.String(), r.Type, moment{at.Unix(), at.Nanosecond()}, placeOf(r), "application/json",
			}})
		}
		write(name, out)
	}
	back := func(records []domain.Record) (out []domain.Record) { // the last ten, the last one first
		for i := range 10 {
			out = append(out, records[len(records)-1-i])
		}
		return out
	}
	events("all-e0-e10", all[:10])
	events("all-back-e0-e10", back(all))
	events("all-c1788-p1788", all[1787:1797])        // position 1788 and what comes after
	events("all-back-c3386-p3386", back(all[:3385])) // what comes before position 3386

	var one []domain.Record
	var places []place
	var versions []uint64
	for _, r := range all {
		if r.Stream == "dataset20M-1800" {
			one = append(one, r)
		}
		if strings.HasPrefix(r.Type, "eventType-194") && len(places) < 30 {
			places, versions = append(places, placeOf(r)), append(versions, r.Revision)
		}
	}
	require.Len(t, one, 2000)
	events("dataset20M-1800-e0-e10", one[:10])
	events("dataset20M-1800-e1999-e1990", back(one))
	write("all-positions-filtered-stream-194-e0-e30", places)
	write("all-versions-filtered-stream-194-e0-e30", versions)
}
