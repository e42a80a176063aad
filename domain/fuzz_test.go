package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzDecode holds the promise that hashes rest on: whatever is read as an event is written in the very same bytes.
func FuzzDecode(f *testing.F) {
	for _, e := range examples() {
		typ, data, err := Encode(e)
		require.NoError(f, err)
		f.Add(typ, data)
		_, data, err = Encode(sparse(e))
		require.NoError(f, err)
		f.Add(typ, data)
	}
	f.Fuzz(func(t *testing.T, typ string, data []byte) {
		e, err := Decode(typ, data)
		if _, known := wire[typ]; !known {
			require.ErrorAs(t, err, new(*UnknownEventError))
			return
		}
		if err != nil {
			require.ErrorAs(t, err, new(*FormatError))
			return
		}
		got, again, err := Encode(e)
		require.NoError(t, err)
		require.Equal(t, typ, got)
		require.Equal(t, string(data), string(again))
		requireJCS(t, data)
		if c, ok := e.(BallotCast); ok && c.Verify() == nil {
			require.Equal(t, c.Pseudonym.OfDevice(), c.Device != DeviceKey{}, "what is taken for signed has a key, and nothing else has")
			require.Equal(t, c.Pseudonym.OfDevice(), c.Signature != DeviceSignature{})
		}
	})
}

// FuzzMeta is FuzzDecode for the other half of a record.
func FuzzMeta(f *testing.F) {
	for _, m := range exampleMetas() {
		data, err := EncodeMeta(m)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := DecodeMeta(data)
		if err != nil {
			require.ErrorAs(t, err, new(*FormatError))
			return
		}
		again, err := EncodeMeta(m)
		require.NoError(t, err)
		require.Equal(t, string(data), string(again))
		requireJCS(t, data)
	})
}
