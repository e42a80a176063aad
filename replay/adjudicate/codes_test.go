package adjudicate_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/replay"
	"daybook.internal/replay/adjudicate"
)

// One session commits to the codes of two of those who answer in it; whoever else answers is too many.
func TestMoreBallotsThanCodes(t *testing.T) {
	t.Parallel()
	r := tiny()
	facts := r.facts(t)
	var session domain.SessionOpened
	var codes []domain.Pseudonym
	for _, f := range facts {
		switch e := f.Event.(type) {
		case domain.SessionOpened:
			if session.Session == "" && e.IssuedCodes > 2 {
				session = e
			}
		case domain.BallotCast:
			if e.Dialogue == session.Dialogue && e.Session == session.Session && e.Issued != nil {
				codes = append(codes, e.Pseudonym)
			}
		}
	}
	require.Greater(t, len(codes), 3)
	root, proofs := domain.SealCodes(session.Dialogue, codes[:2])
	c, n := adjudicate.New(r, adjudicate.Options{}), 0
	for _, f := range facts {
		switch e := f.Event.(type) {
		case domain.SessionOpened:
			if e.Dialogue == session.Dialogue && e.Session == session.Session {
				e.IssuedCodes, e.CodesCommitment = 2, root
				f.Event = e
			}
		case domain.BallotCast:
			if proof, ok := proofs[e.Pseudonym]; ok && e.Dialogue == session.Dialogue && e.Session == session.Session && e.Issued != nil {
				e.Issued = &proof
				f.Event = e
			}
		}
		err := c.Judge(context.Background(), f)
		if err == nil {
			continue
		}
		require.IsType(t, &adjudicate.Violation{}, err)
		v := err.(*adjudicate.Violation)
		require.Equal(t, f.Event.(domain.BallotCast).Pseudonym, codes[2])
		require.Equal(t, replay.Codes, v.Finding)
		n++
		break
	}
	require.Equal(t, 1, n)
}

// A session commits to other codes than the one before it: what was shown there shows nothing here.
func TestCodesOfAnotherSession(t *testing.T) {
	t.Parallel()
	r := tiny()
	var before, session domain.SessionOpened
	shown := map[domain.Pseudonym]*domain.CodeProof{}
	c := adjudicate.New(r, adjudicate.Options{})
	for _, f := range r.facts(t) {
		switch e := f.Event.(type) {
		case domain.SessionOpened:
			switch {
			case before.Session == "" && e.IssuedCodes > 2:
				before = e
			case session.Session == "" && e.Dialogue == before.Dialogue && e.IssuedCodes > 2:
				e.CodesCommitment = domain.Digest{1} // to whatever
				session, f.Event = e, e
			}
		case domain.BallotCast:
			if e.Dialogue == before.Dialogue && e.Issued != nil {
				shown[e.Pseudonym] = e.Issued
			}
			if proof := shown[e.Pseudonym]; proof != nil && e.Dialogue == session.Dialogue && e.Session == session.Session {
				v, err := c.Hear(context.Background(), f)
				require.NoError(t, err)
				require.Equal(t, replay.Unregistered, v.Finding, "without any proof")
				e.Issued = proof
				f.Event = e
				v, err = c.Hear(context.Background(), f)
				require.NoError(t, err)
				require.Equal(t, replay.Codes, v.Finding, "with that of the other session")
				return
			}
		}
		require.NoError(t, c.Judge(context.Background(), f))
	}
	t.Fatal("nobody answers in a second session")
}

// Ids and revisions follow, and no command writes to a stream twice.
func TestIDs(t *testing.T) {
	t.Parallel()
	r := tiny()
	hear := func(at int, change func(f *domain.Fact)) *adjudicate.Violation {
		c := adjudicate.New(r, adjudicate.Options{})
		require.Empty(t, verdicts(t, c, r[:at]))
		f, err := r[at].Decode()
		require.NoError(t, err)
		change(&f)
		v, err := c.Hear(context.Background(), f)
		require.NoError(t, err)
		return v
	}
	var at, before int // an event, and one before it in its stream by another command
	for i := range r {
		if r[i].Type == "deviation-reported.v1" && i > at {
			at = i
		}
	}
	for i := range r[:at] {
		if r[i].Stream == r[at].Stream {
			before = i
		}
	}
	require.NotZero(t, before)
	require.Nil(t, hear(at, func(*domain.Fact) {}))
	require.Equal(t, replay.Revision, hear(at, func(f *domain.Fact) { f.Revision++ }).Finding)
	require.Contains(t, hear(at, func(f *domain.Fact) { f.ID[0]++ }).Detail, "is not the id")
	require.Contains(t, hear(at, func(f *domain.Fact) { f.ID = domain.NewEventID(f.Meta.Command, f.Stream, 1) }).Detail, "is not the id")
	require.Contains(t, hear(at, func(f *domain.Fact) { f.Stream = r[0].Stream; f.Revision = 1 }).Finding, replay.Revision)
	for i := range r[:at] {
		if r[i].Stream != r[at].Stream || i == before {
			continue
		}
		f, err := r[i].Decode()
		require.NoError(t, err)
		v := hear(at, func(have *domain.Fact) { have.Meta.Command, have.ID = f.Meta.Command, f.ID })
		require.Equal(t, replay.Rule, v.Finding)
		require.Contains(t, v.Detail, "written to this stream before")
		return
	}
	t.Fatal("the stream is too short")
}
