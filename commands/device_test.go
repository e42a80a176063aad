package commands_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/vault"
)

// deviceOf is the n-th device of the tests.
func deviceOf(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string('a'+rune(n)), 32)))
}

func pseudonymOf(device ed25519.PrivateKey) domain.Pseudonym {
	return domain.DevicePseudonym(domain.DeviceKey(device.Public().(ed25519.PublicKey)))
}

// online is the story's dialogue with a session s2 that asks a closed question and an open one of two people on their devices. Their pseudonyms are
// the codes of the session.
func online(t requirer) (w *world, proofs map[domain.Pseudonym]domain.CodeProof) {
	w = newWorld(t)
	w.tell("check-in")
	questions := []domain.Question{
		{Kind: domain.SingleChoice, Unit: domain.Individual, Text: domain.In("fr", "Qui ?"), Options: []domain.Option{{ID: "me"}, {ID: "law"}}},
		{Kind: domain.Open, Unit: domain.Individual, Text: domain.In("fr", "Pourquoi ?"), Options: []domain.Option{}, MaxRunes: 8},
	}
	root, proofs := domain.SealCodes("dl_1", []domain.Pseudonym{pseudonymOf(deviceOf(0)), pseudonymOf(deviceOf(1))})
	s := domain.SessionOpened{Dialogue: "dl_1", Session: "s2", Chamber: domain.CitizenChamber, IssuedCodes: 2, CodesCommitment: root}
	planned := domain.SessionDefined{Edition: "ed_1", Session: "s2", Ordinal: 2, Topic: "t1", Kind: domain.ThematicSession, Chamber: domain.CitizenChamber}
	for i, id := range []domain.ArtefactID{"ar_single", "ar_open"} {
		w.given(domain.ArtefactStream(id), "",
			domain.ArtefactVersionAdded{Artefact: id, Version: 1, Kind: domain.QuestionArtefact, Question: &questions[i], SourceLang: "fr", Content: domain.Digest{1}, Author: "a"},
			domain.ArtefactApproved{Artefact: id, Version: 1, Approvals: []string{"b"}, Quorum: 1})
		ref := domain.ArtefactRef{ID: id, Version: 1}
		s.Instruments, planned.Instruments = append(s.Instruments, ref), append(planned.Instruments, domain.Instrument{Artefact: ref, Wave: domain.SessionWave})
	}
	w.given(domain.EditionStream("ed_1"), "", planned)
	w.given(domain.DialogueStream("dl_1"), "dl_1", s)
	return w, proofs
}

// choice is an answer to the closed question, and words one to the open one.
func choice(option domain.OptionID, issued *domain.CodeProof) commands.CastBallot {
	return commands.CastBallot{
		Dialogue: "dl_1", Session: "s2", Wave: domain.SessionWave, Question: domain.ArtefactRef{ID: "ar_single", Version: 1}, Lang: "fr", Channel: domain.OnlineChannel,
		Answer: domain.Answer{Option: option}, Issued: issued,
	}
}

func words(text string, salt byte, issued *domain.CodeProof) commands.CastBallot {
	c := choice("", issued)
	c.Question.ID, c.Text, c.Salt = "ar_open", text, domain.Salt{salt}
	return c
}

// send sends a ballot as a client does.
func (w *world) send(id string, c commands.CastBallot) (commands.Receipt, error) {
	w.t.Helper()
	content, err := json.Marshal(c)
	require.NoError(w.t, err)
	return w.run("cast-ballot", id, string(content))
}

func (w *world) sent(id string, c commands.CastBallot) (commands.Receipt, domain.BallotCast) {
	w.t.Helper()
	r, err := w.send(id, c)
	require.NoError(w.t, err)
	require.Len(w.t, r.Events, 1)
	return r, w.fact(r.Events[0].Seq).Event.(domain.BallotCast)
}

// Nobody but the device can answer in its name, and what it has said is said in this place once.
func TestSignedBallot(t *testing.T) {
	t.Parallel()
	w, proofs := online(t)
	device := deviceOf(0)
	proof := proofs[pseudonymOf(device)]
	one := choice("me", &proof).SignedBy(device, "c1", 1)
	r, e := w.sent("c1", one)
	require.NoError(t, e.Verify())
	require.Equal(t, 1, e.Revision)
	again, err := w.send("c1", one)
	require.NoError(t, err)
	require.Equal(t, repeated(r), again)

	forged := one
	forged.Answer.Option = "law"
	_, err = w.send("forged", forged)
	require.ErrorIs(t, err, domain.ErrSignature, "the server makes another answer of it")
	two := choice("law", nil).SignedBy(device, "c2", 2)
	_, e = w.sent("c2", two)
	require.Equal(t, 2, e.Revision)
	_, err = w.send("replayed", one)
	require.ErrorIs(t, err, domain.ErrSignature, "the server brings the first answer up again")
	again, err = w.send("c1", one)
	require.NoError(t, err)
	require.Equal(t, repeated(r), again, "under its own id it is the old command, and changes nothing")

	bare := choice("me", &proof)
	bare.Pseudonym = pseudonymOf(deviceOf(1))
	_, err = w.send("bare", bare)
	require.ErrorIs(t, err, domain.ErrCodeNotIssued)
	other := proofs[pseudonymOf(deviceOf(1))]
	bare.Issued = &other
	_, err = w.send("bare", bare)
	require.ErrorIs(t, err, domain.ErrSignature)
	_, err = w.send("third", choice("me", &other).SignedBy(deviceOf(2), "third", 1))
	require.ErrorIs(t, err, domain.ErrCodeNotIssued, "a key to which nobody has committed")
	w.audited()
}

// The words of an answer from a device are kept under the salt that it has chosen, so that its signature holds for them.
func TestSignedWords(t *testing.T) {
	t.Parallel()
	w, proofs := online(t)
	device, kept := deviceOf(0), len(w.words.kept)
	proof := proofs[pseudonymOf(device)]
	why := words("parce", 7, &proof).SignedBy(device, "c1", 1)
	for name, c := range map[string]struct {
		change func(*commands.CastBallot)
		rule   *domain.Rejection
	}{
		"other words":    {func(c *commands.CastBallot) { c.Text = "pour" }, domain.ErrSignature},
		"another salt":   {func(c *commands.CastBallot) { c.Salt[3] = 1 }, domain.ErrSignature},
		"no salt":        {func(c *commands.CastBallot) { c.Salt = domain.Salt{} }, domain.ErrSignature},
		"too many words": {func(c *commands.CastBallot) { c.Text = "parce que" }, domain.ErrInvalidAnswer},
		"a salt alone":   {func(c *commands.CastBallot) { c.Text, c.Answer.Option = "", "me" }, domain.ErrInvalidField},
		"not a device":   {func(c *commands.CastBallot) { c.Pseudonym = "p1" }, domain.ErrInvalidField},
	} {
		other := why
		c.change(&other)
		_, err := w.send("c1", other)
		require.ErrorIs(t, err, c.rule, name)
	}
	_, err := w.send("c2", why)
	require.ErrorIs(t, err, domain.ErrSignature, "the commitment holds in one event, and so under one command id")
	require.Len(t, w.words.kept, kept, "words of a rejected command are kept nowhere")

	r, e := w.sent("c1", why)
	f := w.fact(r.Events[0].Seq)
	opening := w.words.kept[vault.Place{Event: f.ID, Field: domain.AnswerField}]
	require.Equal(t, "parce", string(opening.Words))
	require.Equal(t, domain.Salt{7}, opening.Salt)
	require.Equal(t, opening.Commitment(), e.Answer.Text)
	require.NoError(t, e.Verify())
	_, err = w.send("c1", words("pour", 7, &proof).SignedBy(device, "c1", 1))
	require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
	_, err = w.send("c1", words("parce", 8, &proof).SignedBy(device, "c1", 1))
	require.ErrorIs(t, err, domain.ErrIdempotencyConflict)

	require.NoError(t, w.words.Erase(t.Context(), opening.Place))
	again, err := w.send("c1", why)
	require.NoError(t, err)
	require.Equal(t, repeated(r), again)
	require.Len(t, w.words.kept, kept, "what was erased stays erased")
	w.must("close-session", "close", strings.Replace(contentOf("close-session"), "s1", "s2", 1))
	again, err = w.send("c1", why)
	require.NoError(t, err)
	require.Equal(t, repeated(r), again)
	w.audited()
}

// Faults on the way leave words without an event at most, and sending the command again settles it.
func TestSignedWordsAndFaults(t *testing.T) {
	t.Parallel()
	w, proofs := online(t)
	proof := proofs[pseudonymOf(deviceOf(0))]
	why := words("parce", 7, &proof).SignedBy(deviceOf(0), "c1", 1)
	before, kept := len(w.records()), len(w.words.kept)
	w.words.fail = errFault
	_, err := w.send("c1", why)
	require.ErrorIs(t, err, errFault)
	require.Len(t, w.records(), before, "words first")
	w.words.fail = nil
	once(&w.faulty.Before)
	_, err = w.send("c1", why)
	require.ErrorIs(t, err, errFault)
	require.Len(t, w.records(), before)
	require.Len(t, w.words.kept, kept+1)
	_, err = w.send("c1", words("pour", 9, &proof).SignedBy(deviceOf(0), "c1", 1))
	require.ErrorIs(t, err, domain.ErrIdempotencyConflict, "one id, one answer")
	once(&w.faulty.After)
	_, err = w.send("c1", why)
	require.ErrorIs(t, err, errFault)
	require.Len(t, w.records(), before+1)
	r, err := w.send("c1", why)
	require.NoError(t, err)
	require.True(t, r.Repeated)
	require.Len(t, w.words.kept, kept+1)
	w.audited()

	w, _ = online(t)
	w.Vault = struct{ vault.Vault }{w.words}
	before = len(w.records())
	_, err = w.send("c1", why)
	require.ErrorContains(t, err, "takes no openings")
	require.Len(t, w.records(), before)
}

// A file of commands can hold what devices have signed; tried as a whole, it leaves nothing anywhere.
func TestSignedWordsInAFile(t *testing.T) {
	t.Parallel()
	w, proofs := online(t)
	device := deviceOf(0)
	proof := proofs[pseudonymOf(device)]
	line := func(id string, c commands.CastBallot) string {
		content, err := json.Marshal(c)
		require.NoError(t, err)
		return lineOf(id, "cast-ballot", string(content)) + "\n"
	}
	file := line("c1", words("parce", 7, &proof).SignedBy(device, "c1", 1)) + line("c2", words("pour", 8, nil).SignedBy(device, "c2", 2))
	before, kept := len(w.records()), len(w.words.kept)
	_, accepted := w.runAtomic(file + line("c3", words("pour", 8, nil).SignedBy(device, "c3", 2)))
	require.False(t, accepted)
	require.Len(t, w.records(), before)
	require.Len(t, w.words.kept, kept)
	all, accepted := w.runAtomic(file)
	require.True(t, accepted)
	require.Equal(t, map[commands.Result]int{commands.Done: 2}, results(all))
	require.Len(t, w.words.kept, kept+2)
	w.audited()
}

func TestOverlayVaultKeeps(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	at := func(n int, text string) vault.Opening {
		return vault.Opening{Place: vault.Place{Event: domain.NewEventID("c", "test-v", n), Field: "text"}, Salt: domain.Salt{9}, Words: []byte(text)}
	}
	below := &memoryVault{kept: map[vault.Place]vault.Opening{}}
	require.NoError(t, below.Keep(ctx, at(0, "old")))
	v := commands.NewOverlayVault(below)
	keeper := v.(vault.Keeper)
	given := at(1, "new")
	require.NoError(t, keeper.Keep(ctx, at(0, "old"), given, at(1, "new")))
	copy(given.Words, "XXX")
	for _, o := range []vault.Opening{at(0, "old"), at(1, "new")} {
		have, err := v.Open(ctx, o.Place)
		require.NoError(t, err)
		require.Equal(t, o, have)
	}
	require.Len(t, below.kept, 1, "the vault below is only ever read")
	salted := at(1, "new")
	salted.Salt = domain.Salt{8}
	for _, other := range []vault.Opening{at(0, "my neighbour"), at(1, "my neighbour"), salted} {
		err := keeper.Keep(ctx, at(2, "two"), other)
		require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
		require.NotContains(t, err.Error(), "neighbour")
		_, err = v.Open(ctx, at(2, "").Place)
		require.ErrorIs(t, err, vault.ErrNotFound, "all or none")
	}
	require.NoError(t, v.Erase(ctx, at(0, "").Place))
	require.NoError(t, keeper.Keep(ctx, at(0, "otherwise")), "what was erased above can be kept above")
	below.openFails = errFault
	require.ErrorIs(t, keeper.Keep(ctx, at(3, "three")), errFault)
	done, cancel := context.WithCancel(ctx)
	cancel()
	below.openFails = nil
	require.ErrorIs(t, keeper.Keep(done, at(4, "four")), context.Canceled)
}
