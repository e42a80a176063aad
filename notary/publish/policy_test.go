package publish

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
)

// half is two witnesses, one of which does not answer at first.
type half struct{ asked [][]byte }

func (h *half) Cosign(_ context.Context, _ int64, _ func(int64) ([]tlog.Hash, error), signed []byte) ([]byte, error) {
	h.asked = append(h.asked, signed)
	if len(h.asked) == 1 {
		return append(bytes.Clone(signed), "— one AAAAAAAA\n"...), errors.New("two does not answer")
	}
	return append(bytes.Clone(signed), "— two AAAAAAAA\n"...), nil
}

// Cosignatures that came are not asked for again.
func TestCosignaturesAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.append(3)
	h := &half{}
	c := w.config()
	c.Witnesses = h
	p, err := open(t.Context(), c, w.disk)
	require.NoError(t, err)
	_, err = p.Publish(t.Context())
	require.ErrorIs(t, err, ErrNotCosigned)
	require.ErrorContains(t, err, "two does not answer")
	_, err = p.Publish(t.Context())
	require.NoError(t, err)
	_, signed, err := p.Published()
	require.NoError(t, err)
	require.Contains(t, string(signed), "— one AAAAAAAA\n— two AAAAAAAA\n")
	w.append(1)
	_, err = p.Publish(t.Context())
	require.NoError(t, err)
	require.NotContains(t, string(h.asked[2]), "one", "another head")
}

// The policy stands beside the log as long as it is asked for, in the copies, too.
func TestPolicyIsPublished(t *testing.T) {
	t.Parallel()
	w, c := onDisk(t)
	w.append(3)
	c.Policy = []byte("quorum none\n")
	p, err := Open(t.Context(), c)
	require.NoError(t, err)
	_, err = p.Publish(t.Context())
	require.NoError(t, err)
	require.Equal(t, "quorum none\n", filesIn(t, c.Dir)["log/policy"])
	to := t.TempDir()
	_, _, err = p.CopyTo(t.Context(), to)
	require.NoError(t, err)
	require.Equal(t, "quorum none\n", filesIn(t, to)["log/policy"])
	require.NoError(t, p.Close())
	c.Policy = nil
	p, err = Open(t.Context(), c)
	require.NoError(t, err)
	require.NotContains(t, filesIn(t, c.Dir), "log/policy")
	require.NoError(t, p.Close())
}
