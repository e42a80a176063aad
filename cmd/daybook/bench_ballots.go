package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
)

// The rooms of the benchmark of ballots: each respondent answers every question, once.
const (
	boothRooms     = 16
	boothCodes     = 1000
	boothQuestions = 10
)

// booths are rooms in which ballots are cast by commands, with everything that a command looks at.
type booths struct {
	service *commands.Service
	ledger  *ledgersqlite.Ledger
	issued  []map[domain.Pseudonym]domain.CodeProof // by room
	next    atomic.Int64                            // ballot
}

// ballots measures commands: one writer in turns with bare appends of the same events, then 64 at once.
func (b *bench) ballots(ctx context.Context, dir string, r *benchReport) (err error) {
	l, err := ledgersqlite.Open(ctx, filepath.Join(dir, "ballots.db"), ledgersqlite.Options{Alone: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	key, err := vault.NewKey(rand.Reader)
	if err != nil {
		return err
	}
	v, err := vaultsqlite.Open(ctx, filepath.Join(dir, "ballots-vault.db"), vaultsqlite.Options{Key: key})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	o := &booths{service: &commands.Service{Ledger: l, Vault: v, Now: time.Now}, ledger: l}
	if err := o.open(ctx); err != nil {
		return fmt.Errorf("the rooms cannot be opened: %w", err)
	}
	if err := o.oneWriter(ctx, r); err != nil {
		return err
	}
	return o.casters(ctx, 64, 3*time.Second, r)
}

func (o *booths) oneWriter(ctx context.Context, r *benchReport) error {
	var cast, bare []time.Duration
	for i := range 2000 {
		began := time.Now()
		receipt, err := o.cast(ctx)
		if err != nil {
			return err
		}
		cast = append(cast, time.Since(began))
		var same ledger.Draft
		for record, err := range o.ledger.Stream(ctx, receipt.Stream, receipt.Version-1) {
			if err != nil {
				return err
			}
			same = ledger.Draft{ID: domain.NewEventID("bare", "bare", i), Type: record.Type, Meta: record.Meta, Data: record.Data}
		}
		began = time.Now()
		if _, err := o.ledger.Append(ctx, domain.StreamName("bare", fmt.Sprint(i)), 0, same); err != nil {
			return err
		}
		bare = append(bare, time.Since(began))
	}
	r.CommandP50Us, r.CommandP99Us = quantile(cast, 50), quantile(cast, 99)
	r.CommandRatio = float64(int(100*r.CommandP50Us/quantile(bare, 50))) / 100
	return nil
}

func (o *booths) casters(ctx context.Context, n int, during time.Duration, r *benchReport) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var done atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range n {
		all.Go(func() {
			for time.Since(began) < during && o.next.Load() < boothRooms*boothCodes*boothQuestions-int64(n) {
				if _, err := o.cast(ctx); err != nil {
					cancel(err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	r.Ballots64PerSecond = int(float64(done.Load()) / time.Since(began).Seconds())
	return context.Cause(ctx)
}

// cast casts the next ballot.
func (o *booths) cast(ctx context.Context) (commands.Receipt, error) {
	by, c := o.ballot()
	r, err := o.service.CastBallot(ctx, by, c)
	if err == nil && len(r.Events) != 1 {
		err = fmt.Errorf("ballot %s: %d events", by.Command, len(r.Events))
	}
	return r, err
}

// ballot is the next one. Respondents of all rooms take turns with their first question, then with the next one.
func (o *booths) ballot() (commands.By, commands.CastBallot) {
	n := int(o.next.Add(1) - 1)
	room, who, question := n%boothRooms, n/boothRooms%boothCodes, n/boothRooms/boothCodes
	pseudonym := boothPseudonym(room, who)
	c := commands.CastBallot{
		Dialogue: boothRoom(room), Pseudonym: pseudonym, Session: "s1", Wave: domain.SessionWave, Question: boothQuestion(question), Lang: "en",
		Answer: domain.Answer{Option: []domain.OptionID{"yes", "no"}[n%2]}, Channel: domain.AppChannel,
	}
	if question == 0 {
		proof := o.issued[room][pseudonym]
		c.Issued = &proof
	}
	return commands.By{Command: fmt.Sprintf("01JAB9Z3M5W8Q2%012d", n), Actor: domain.Actor{Role: domain.Participant, Principal: string(pseudonym)}}, c
}

func boothRoom(room int) domain.DialogueID {
	return domain.DialogueID(fmt.Sprintf("dl_bench_%02d", room))
}

func boothQuestion(n int) domain.ArtefactRef {
	return domain.ArtefactRef{ID: domain.ArtefactID(fmt.Sprintf("ar_bench_%d", n)), Version: 1}
}

func boothPseudonym(room, who int) domain.Pseudonym {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(who)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(b[8:], uint64(room))
	return domain.Pseudonym(fmt.Sprintf("%x", b))
}

// open runs the process as far as an open session: an edition, its questions approved, a session, and rooms open to everybody who has a code.
func (o *booths) open(ctx context.Context) error {
	const edition, coordinator = domain.EditionID("ed_bench"), domain.PartnerID("pt_bench")
	n, s := 0, o.service
	by := func() commands.By {
		n++
		return commands.By{Command: fmt.Sprint("setup-", n), Actor: domain.Actor{Role: domain.Coordinator, Principal: "bench"}}
	}
	var errs []error
	did := func(_ commands.Receipt, err error) { errs = append(errs, err) }
	text := domain.In("en", "Benchmark")
	did(s.OpenEdition(ctx, by(), domain.EditionOpened{Edition: edition, Title: text, Mandate: text, Languages: []domain.Lang{"en"}, Coordinator: coordinator, Synthetic: true}))
	did(s.AdmitPartner(ctx, by(), domain.PartnerAdmitted{
		Edition: edition, Partner: coordinator, Name: "Benchmark", Kind: domain.OtherPartner, Roles: []domain.Role{domain.Coordinator, domain.Committee}, Agreement: domain.Digest{1}, ValidFrom: "2020-01-01",
	}))
	did(s.DeclareInterest(ctx, by(), domain.InterestDeclared{Edition: edition, Partner: coordinator, Person: "reviewer", Statement: text, Level: domain.NoInterest}))
	var instruments []domain.Instrument
	var refs []domain.ArtefactRef
	for i := range boothQuestions {
		ref := boothQuestion(i)
		q := domain.Question{Kind: domain.SingleChoice, Unit: domain.Individual, Text: text, Options: []domain.Option{{ID: "yes", Label: text}, {ID: "no", Label: text}}}
		did(s.AddArtefactVersion(ctx, by(), commands.AddArtefactVersion{Edition: edition, ArtefactVersionAdded: domain.ArtefactVersionAdded{
			Artefact: ref.ID, Version: 1, Kind: domain.QuestionArtefact, Question: &q, SourceLang: "en", Content: domain.Digest{byte(i), 1}, Author: "author",
		}}))
		did(s.RecordReview(ctx, by(), commands.RecordReview{Artefact: ref.ID, Version: 1, Reviewer: "reviewer", Partner: coordinator, Kind: domain.CommitteeReview, Verdict: domain.Approve}))
		did(s.ApproveArtefact(ctx, by(), commands.ApproveArtefact{Artefact: ref.ID, Version: 1, Quorum: 1}))
		instruments, refs = append(instruments, domain.Instrument{Artefact: ref, Wave: domain.SessionWave}), append(refs, ref)
	}
	did(s.DefineSession(ctx, by(), domain.SessionDefined{Edition: edition, Session: "s1", Ordinal: 1, Kind: domain.ThematicSession, Chamber: domain.CitizenChamber, Instruments: instruments}))
	for room := range boothRooms {
		codes := make([]domain.Pseudonym, boothCodes)
		for i := range codes {
			codes[i] = boothPseudonym(room, i)
		}
		root, proofs := domain.SealCodes(boothRoom(room), codes)
		o.issued = append(o.issued, proofs)
		did(s.RegisterDialogue(ctx, by(), domain.DialogueRegistered{
			Dialogue: boothRoom(room), Edition: edition, Place: "ZZ", Partner: coordinator, Mode: domain.OnlineMode, SampleType: domain.OpenOnline, Languages: []domain.Lang{"en"},
		}))
		did(s.AuthoriseDialogue(ctx, by(), domain.DialogueAuthorised{
			Dialogue: boothRoom(room), Waivers: []domain.Waiver{{Rule: domain.WaiveProtocol, Reason: "it is a benchmark", ApprovedBy: "nobody"}},
		}))
		did(s.OpenSession(ctx, by(), domain.SessionOpened{
			Dialogue: boothRoom(room), Session: "s1", Chamber: domain.CitizenChamber, IssuedCodes: boothCodes, CodesCommitment: root, Instruments: refs,
		}))
	}
	return errors.Join(errs...)
}
