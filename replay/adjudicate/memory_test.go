package adjudicate

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// examples are one event of every kind and more.
func examples(t *testing.T) (events []domain.Event) {
	files, err := filepath.Glob("../../domain/testdata/events/*.json")
	require.NoError(t, err)
	require.Greater(t, len(files), 100)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		e, err := domain.Decode(strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".json"), ".least"), data)
		require.NoError(t, err)
		events = append(events, e)
	}
	return events
}

// Every event has a family, a shelf, and a stream of its own.
func TestFamilies(t *testing.T) {
	t.Parallel()
	c := New(nil, Options{})
	for _, e := range examples(t) {
		of, own := familyOf(&domain.Fact{Stream: "elsewhere", Event: e})
		require.NotZero(t, of, "%T", e)
		require.NotNil(t, c.byFamily[of], "%T", e)
		require.False(t, own, "%T", e)
	}
}

// A lean event is the same event, and has no byte of the first one's text.
func TestLean(t *testing.T) {
	t.Parallel()
	var l lean
	for _, e := range examples(t) {
		before := words(reflect.ValueOf(e), map[*byte]bool{})
		made := l.event(e)
		require.Equal(t, e, made)
		for at := range words(reflect.ValueOf(made), map[*byte]bool{}) {
			require.False(t, before[at], "%T", e)
		}
	}
	for i := range 2 * maxWords {
		l.word(string(binary.BigEndian.AppendUint32(nil, uint32(i))))
	}
	require.LessOrEqual(t, len(l.words), maxWords)
}

// words are where the strings of a value lie.
func words(v reflect.Value, at map[*byte]bool) map[*byte]bool {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); s != "" {
			at[unsafe.StringData(s)] = true
		}
	case reflect.Struct:
		for i := range v.NumField() {
			words(v.Field(i), at)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			words(v.Elem(), at)
		}
	case reflect.Slice:
		for i := range v.Len() {
			words(v.Index(i), at)
		}
	case reflect.Map:
		for each := v.MapRange(); each.Next(); {
			words(each.Key(), at)
			words(each.Value(), at)
		}
	}
	return at
}

func TestIDSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s idSet
		s.open()
		want := map[uint64]bool{}
		few := rapid.SampledFrom([]uint64{0, 1, 2, 1 << 20, 1<<20 + 1, 1 << 40, ^uint64(0)})
		for _, id := range rapid.SliceOf(rapid.OneOf(few, rapid.Uint64())).Draw(t, "ids") {
			require.Equal(t, want[max(id, 1)], s.has(id))
			s.add(id)
			want[max(id, 1)] = true
		}
		for i := range uint64(5000) { // it grows
			id := i * 0x9e3779b97f4a7c15
			s.add(id)
			want[max(id, 1)] = true
		}
		for id := range want {
			require.True(t, s.has(id))
		}
		require.Equal(t, len(want), s.n)
	})
}

// A book finds the events of a stream again, whatever stands between them.
func TestBook(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var b book
		b.open()
		streams := map[uint32][]uint32{}
		abouts := map[[2]uint32][]uint32{}
		for seq, stream := range rapid.SliceOfN(rapid.Uint64Range(0, 5), 1, 200).Draw(t, "streams") {
			no := b.number(fingerprint{stream, 7})
			about := rapid.Uint32Range(0, 200).Draw(t, "about")
			b.add(no, &prepared{id: uint64(seq), command: stream % 2}, uint32(seq), about, uint8(seq))
			streams[no] = append(streams[no], uint32(seq))
			if about > 0 {
				abouts[[2]uint32{no, about}] = append(abouts[[2]uint32{no, about}], uint32(seq))
			}
		}
		for no, seqs := range streams {
			n := uint32(len(seqs))
			from := rapid.Uint32Range(0, n).Draw(t, "from")
			to := rapid.Uint32Range(from, n).Draw(t, "to")
			require.Equal(t, n, b.entry(no).events)
			require.Equal(t, seqs[from:to], b.seqs(no, from, to))
			place := rapid.Uint64Range(0, 250).Draw(t, "place")
			version := uint32(0)
			for _, seq := range seqs {
				if uint64(seq) < place {
					version++
				}
			}
			require.Equal(t, version, b.versionAt(no, place))
			for about := range uint32(201) {
				if about == 0 {
					continue
				}
				var found []uint32
				for seq, said := range b.votes(no, about) {
					require.Equal(t, uint8(seq), said)
					found = append([]uint32{seq}, found...)
				}
				require.Equal(t, abouts[[2]uint32{no, about}], found)
			}
		}
	})
}
