package commands_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// given writes events that nothing here decides on, so that a test begins where it is about something.
func (w *world) given(stream domain.StreamID, dialogue domain.DialogueID, events ...domain.Event) {
	w.t.Helper()
	for _, e := range events {
		meta := domain.Meta{
			Source: "ed_1", Dialogue: dialogue, Time: domain.TimeOf(w.Now()), Command: fmt.Sprint("given-", len(w.records())),
			Actor: domain.Actor{Role: domain.Coordinator, Principal: "ada"},
		}
		_, err := commands.Execute(context.Background(), w.memory, stream, meta, func(ever) ([]domain.Event, error) { return []domain.Event{e}, nil })
		require.NoError(w.t, err)
	}
}

// ever is a state that knows nothing.
type ever struct{}

func (e ever) Evolve(domain.Event) ever { return e }

// opened is a world with an edition, its protocol and two approved artefacts in en: a guide and a consent text.
func opened(t requirer) *world {
	w := newWorld(t)
	w.given(domain.EditionStream("ed_1"), "",
		domain.EditionOpened{Edition: "ed_1", Title: domain.In("en", "One"), Mandate: domain.In("en", "To try"), Languages: []domain.Lang{"en", "fr"}, Coordinator: "pt_1"},
		domain.SessionDefined{Edition: "ed_1", Session: "s1", Ordinal: 1, Kind: domain.ThematicSession, Chamber: domain.CitizenChamber},
		domain.ProtocolFrozen{Edition: "ed_1", MethodVersion: 1, Thresholds: map[string]domain.Ratio{domain.MinimumAge: domain.RatioOf(16, 1)}})
	for id, kind := range map[domain.ArtefactID]domain.ArtefactKind{"ar_g": domain.GuideArtefact, "ar_c": domain.ConsentTextArtefact} {
		w.given(domain.ArtefactStream(id), "",
			domain.ArtefactVersionAdded{Artefact: id, Version: 1, Kind: kind, SourceLang: "en", Content: domain.Digest{1}, Author: "a"},
			domain.ArtefactApproved{Artefact: id, Version: 1, Approvals: []string{"b"}, Quorum: 1})
	}
	return w
}

// registered puts a dialogue of four seats into the edition.
func (w *world) registered(id domain.DialogueID, partner domain.PartnerID) {
	w.t.Helper()
	w.given(domain.DialogueStream(id), id, domain.DialogueRegistered{
		Dialogue: id, Edition: "ed_1", Place: "FR", Partner: partner, Mode: domain.RoomMode, SampleType: domain.Sortition, Languages: []domain.Lang{"en"}, PlannedSize: 4,
	})
}

// plan asks for two to three people of each age among four.
func (w *world) plan(id domain.DialogueID) {
	w.t.Helper()
	w.must("set-quota-plan", "plan-"+string(id), `{"dialogue":"`+string(id)+`","dimensions":[{"name":"age","strata":[{"id":"young","label":"Young","populationShare":"1/2","min":1,"max":3},`+
		`{"id":"old","label":"Old","populationShare":"1/2","min":1,"max":3}]}],"source":{"digest":`+digest+`},"nonExpertRule":"","minorityStrata":[]}`)
}

// person is the blind hash of the n-th person, and their id in ed_1.
func person(n int) (domain.Digest, domain.ParticipantID) {
	hash := domain.Digest(sha256.Sum256(fmt.Append(nil, "person ", n)))
	return hash, domain.NewParticipantID("ed_1", hash)
}

// poolOf has n people, of whom every third is old.
func poolOf(n int) []commands.Candidate {
	pool := make([]commands.Candidate, n)
	for i := range pool {
		_, id := person(i)
		pool[i] = commands.Candidate{ID: id, Strata: map[string]string{"age": []string{"old", "young", "young"}[i%3]}, Salt: sha256.Sum256(fmt.Append(nil, "salt ", i))}
	}
	return pool
}

func seed(n int) (secret, sealed domain.Digest) {
	secret = sha256.Sum256(fmt.Append(nil, "seed ", n))
	return secret, sha256.Sum256(secret[:])
}

func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// soon is a moment that lies ahead of the next command and behind the one after it.
func (w *world) soon() domain.Time { return domain.TimeOf(w.Now().Add(90 * time.Second)) }

// commitment is the content of commit-draw.
func commitment(id domain.DialogueID, n int, at domain.Time) string {
	_, sealed := seed(n)
	return text(domain.DrawCommitted{
		Dialogue: id, Algorithm: domain.Algorithm{Name: "stratified-hmac", Version: "1", Params: map[string]string{"maxAttempts": "100"}}, Seed: sealed,
		Randomness: domain.PublicRandomness{Source: "beacon", Round: n, At: at},
	})
}

// drawn draws the four people of a dialogue from a pool of twelve, and gives them.
func (w *world) drawn(id domain.DialogueID) []domain.ParticipantID {
	w.t.Helper()
	w.plan(id)
	w.must("seal-pool", "seal-"+string(id), text(commands.SealPool{Dialogue: id, Candidates: poolOf(12)}))
	w.must("commit-draw", "commit-"+string(id), commitment(id, 1, w.soon()))
	secret, _ := seed(1)
	w.Now()
	r := w.must("execute-draw", "draw-"+string(id), text(commands.ExecuteDraw{Dialogue: id, Candidates: poolOf(12), Seed: secret, Randomness: domain.Digest{7}}))
	return w.fact(r.Events[0].Seq).Event.(domain.DrawExecuted).Selected
}

// follows the events of the world again, as far as they are not given.
func (w *world) audited() {
	w.t.Helper()
	n := 0
	newAudit().followSome(w.t, w.records(), func(f domain.Fact) bool {
		given := strings.HasPrefix(f.Meta.Command, "given-")
		if !given {
			n++
		}
		return !given
	})
	require.NotZero(w.t, n)
}
