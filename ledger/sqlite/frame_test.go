package sqlite

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// The bytes of a frame are a file format: this one stays readable for ever.
func TestFrameVector(t *testing.T) {
	t.Parallel()
	id := domain.EventID{0x01, 0x23, 0x45, 15: 0xff}
	f, err := newFrame("ballot-a/b", ledger.Draft{ID: id, Type: "ballot-cast.v1", Meta: []byte(`{"at":1}`), Data: []byte(`{"choice":"x"}`)})
	require.NoError(t, err)
	f.place(258, 3)
	const digest = "570d01f92039913be94c8e9764b50b6dc998ea63c0ec0b4fec9e24d4c4f7d88e"
	require.Equal(t, digest+
		"0000000000000102"+"0000000000000003"+"012345000000000000000000000000ff"+"000a"+"0e"+"0008"+
		hex.EncodeToString([]byte(`ballot-a/bballot-cast.v1{"at":1}{"choice":"x"}`)), hex.EncodeToString(f))
	r, err := f.record(258)
	require.NoError(t, err)
	require.Equal(t, domain.Record{
		Seq: 258, Stream: "ballot-a/b", Revision: 3, ID: id, Type: "ballot-cast.v1", Meta: []byte(`{"at":1}`), Data: []byte(`{"choice":"x"}`),
	}, r)
}

func TestFrameNoticesEveryFlip(t *testing.T) {
	t.Parallel()
	f, err := newFrame("ballot-a", ledger.Draft{Type: "t", Meta: []byte("meta"), Data: []byte("data")})
	require.NoError(t, err)
	f.place(7, 0)
	_, err = f.record(7)
	require.NoError(t, err)
	_, err = f.record(8)
	require.Error(t, err)
	for bit := range 8 * len(f) {
		bad := bytes.Clone(f)
		bad[bit/8] ^= 1 << (bit % 8)
		_, err := frame(bad).record(7)
		require.Error(t, err, bit)
	}
	for n := range f {
		_, err := f[:n].record(7)
		require.Error(t, err, n)
	}
}

// Whatever bytes are in a frame with a good digest, reading it ends in a record or an error.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{}, uint64(0))
	f.Add(make([]byte, atStream), uint64(0))
	f.Fuzz(func(t *testing.T, b []byte, seq uint64) {
		if len(b) >= atLengths {
			frame(b).place(seq, 0)
		}
		r, err := decode("fuzz", b, seq)
		if err == nil {
			require.Len(t, b, atStream+len(r.Stream)+len(r.Type)+len(r.Meta)+len(r.Data))
		}
	})
}

// The view that is for people says what the records say.
func TestView(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := Open(t.Context(), path, Options{})
	require.NoError(t, err)
	id := domain.NewEventID("c", "ballot-ä", 0)
	for i := range 300 {
		_, err = l.Append(t.Context(), "ballot-ä", uint64(i), ledger.Draft{ID: id, Type: "ballot-cast.v1", Meta: []byte(`{"at":1}`), Data: []byte(`{"choice":"ö"}`)})
		require.NoError(t, err)
	}
	require.NoError(t, l.Close())
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	var seq, revision int
	var stream, hexID, typ, meta, data string
	row := db.QueryRowContext(t.Context(), "SELECT * FROM event WHERE seq = 299")
	require.NoError(t, row.Scan(&seq, &stream, &revision, &hexID, &typ, &meta, &data))
	require.Equal(t, []any{299, "ballot-ä", 299, hex.EncodeToString(id[:]), "ballot-cast.v1", `{"at":1}`, `{"choice":"ö"}`},
		[]any{seq, stream, revision, hexID, typ, meta, data})
}
