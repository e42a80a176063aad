package lottery

import (
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestX(t *testing.T) {
	for _, name := range []string{"parity_2", "mass_like_24", "hd_like_30", "country_5k_100"} {
		in := sharedInstance(t, name)
		l, err := Build(in, Options{}, nil)
		require.NoError(t, err)
		d := Digest(in, l.Panels)
		t.Log(name, hex.EncodeToString(d[:]), l.Pairs())
		s, err := l.Certificate.Sentences(in, l.Impossible)
		require.NoError(t, err)
		for _, s := range s {
			t.Log(s)
		}
		tk, done, failed, err := Legacy(in, 100, 2000, [32]byte{}, nil)
		require.NoError(t, err)
		lo := 1000
		for _, x := range tk {
			lo = min(lo, x)
		}
		t.Log(done, failed, lo, big.NewInt(0))
		g, err := Build(in, Options{Objective: Goldilocks}, nil)
		require.NoError(t, err)
		a, b := g.Range()
		t.Log("goldilocks", a, b, g.Cap, g.Relaxed[0])
	}
}
