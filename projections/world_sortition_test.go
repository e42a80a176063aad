package projections

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"daybook.internal/domain"
)

func (w *world) sortition(id domain.DialogueID) domain.SortitionState {
	return state[domain.SortitionState](w, domain.SortitionStream(id))
}

func (w *world) inSortition(id domain.DialogueID, ask func(domain.SortitionState, domain.Dialogue) ([]domain.Event, error)) bool {
	d := w.dialogue(id)
	return decide(w, domain.SortitionStream(id), w.meta(id), func(s domain.SortitionState) ([]domain.Event, error) { return ask(s, d) })
}

func byAge(young, old int) []domain.DimensionCount {
	return []domain.DimensionCount{{Name: "age", Strata: map[string]int{"young": young, "old": old}}}
}

// drawRoom draws the sixty people pa_1 to pa_60 into a dialogue that has just been registered.
func (w *world) drawRoom(id domain.DialogueID) {
	decide(w, domain.DialogueStream(id), w.meta(id), func(d domain.Dialogue) ([]domain.Event, error) {
		half := domain.RatioOf(1, 2)
		return d.SetQuotaPlan(domain.QuotaPlanSet{
			Dialogue: id, Dimensions: []domain.QuotaDimension{{Name: "age", Strata: []domain.Stratum{
				{ID: "young", Label: "Young", PopulationShare: half, Min: 20, Max: 40}, {ID: "old", Label: "Old", PopulationShare: half, Min: 20, Max: 40},
			}}}, Source: domain.Document{Digest: domain.Digest{1}},
		}, domain.SortitionState{})
	})
	if id == "dl_3" {
		w.selectRoom(id)
		return
	}
	w.inSortition(id, func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
		return s.SealPool(domain.PoolSealed{Dialogue: id, Size: 600, Pool: domain.Digest{2}, Strata: byAge(280, 320)}, d)
	})
	var people []domain.ParticipantID
	for n := range 60 {
		_, participant := w.personOf(id, domain.ParticipantID(fmt.Sprint("pa_", n+1)))
		people = append(people, participant)
	}
	w.commit(id)
	w.execute(id, people, nil)
}

// selectRoom draws the same people by a selection, after one that was voided. One of them declines.
func (w *world) selectRoom(id domain.DialogueID) {
	type decide = func(domain.SortitionState, domain.Dialogue) ([]domain.Event, error)
	in := state[domain.Edition](w, domain.EditionStream("ed_1"))
	quotas := []domain.SeatQuota{{Dimension: "age", Stratum: "young", Min: 20, Max: 40, LeastMin: 20, MostMax: 41}, {Dimension: "age", Stratum: "old", Min: 20, Max: 40, LeastMin: 20, MostMax: 40}}
	wider := quotas[0]
	wider.Max++
	b := domain.BeaconChain{Name: "dice", PublicKey: "aa", Genesis: 3000, Period: 3000}
	a := domain.SelectionAnnounced{
		Dialogue: id, Selection: 1, Size: 60, Quotas: quotas, Objective: "leximin", Algorithm: domain.Algorithm{Name: "by hand", Version: "1"}, Panels: 10,
		Beacon: b, BuildAfter: domain.LeastBuildAfter, DrawAfter: domain.LeastDrawAfter, Fallback: 1200,
	}
	announce := func(n int) decide {
		return func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
			a.Selection = n
			return s.AnnounceSelection(a, d, in)
		}
	}
	build, draw := 1000, 40_000
	observe := func(round int) decide {
		return func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
			return s.ObserveBeacon(domain.BeaconObserved{Dialogue: id, Selection: 2, Round: round, Signature: "aa", Randomness: domain.Digest{byte(round)}}, d, b.At(round))
		}
	}
	var people []domain.ParticipantID
	for n := range 60 {
		_, participant := w.personOf(id, domain.ParticipantID(fmt.Sprint("pa_", n+1)))
		people = append(people, participant)
	}
	sorted := slices.Sorted(slices.Values(people))
	for i, step := range []decide{
		announce(1),
		func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
			return s.VoidSelection(domain.SelectionVoided{Dialogue: id, Selection: 1, Reason: "r", By: "c"}, d)
		},
		announce(2),
		func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
			return s.AmendQuotas(domain.QuotasAmended{Dialogue: id, Selection: 2, Changes: []domain.SeatQuota{wider}, Reason: "r", ApprovedBy: "c"}, d)
		},
		func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
			return s.ReportFeasibility(domain.FeasibilityReported{Dialogue: id, Selection: 2, People: 600, Feasible: true}, d)
		},
		func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
			return s.SealSelection(domain.SelectionPoolSealed{
				Dialogue: id, Selection: 2, People: 600, Pool: domain.Digest{1}, File: domain.Digest{2}, Quotas: domain.Digest{3}, Strata: byAge(280, 320), Types: 2,
			}, d, b.At(1))
		},
		func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
			return s.PinRounds(domain.RoundsPinned{Dialogue: id, Selection: 2, Build: build, Draw: draw}, d, b.At(1))
		},
		observe(build),
		func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
			return s.BuildLottery(domain.LotteryBuilt{
				Dialogue: id, Selection: 2, Seed: domain.Digest{1}, File: domain.Digest{2}, Panels: domain.Digest{3}, Tickets: domain.Digest{4}, Fewest: 1, Most: 1, Bound: domain.RatioOf(1, 10),
			}, d)
		},
		func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
			return s.CommitPanels(domain.PanelsCommitted{Dialogue: id, Selection: 2, Panels: domain.Digest{3}}, d, b.At(build))
		},
		observe(draw),
		func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
			return s.DrawPanel(domain.PanelDrawn{Dialogue: id, Selection: 2, Index: 3, Selected: sorted, Quota: byAge(29, 31)}, d)
		},
		func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
			return s.AnswerSeat(domain.SeatAnswered{Dialogue: id, Selection: 2, Participant: people[59], Answer: domain.SeatDeclined}, d)
		},
	} {
		if !w.inSortition(id, step) {
			panic(fmt.Sprint("step ", i, " of the selection"))
		}
	}
}

// redraw replaces somebody who is in by somebody new.
func (w *world) redraw(id domain.DialogueID, leaver domain.ParticipantID) bool {
	_, left := w.personOf(id, leaver)
	_, fresh := w.personOf(id, domain.ParticipantID(fmt.Sprint("pa_new_", w.sortition(id).Rounds())))
	w.commit(id)
	return w.execute(id, []domain.ParticipantID{fresh}, []domain.ParticipantID{left})
}

func (w *world) commit(id domain.DialogueID) bool {
	seed := domain.Digest{byte(w.sortition(id).Rounds())}
	return w.inSortition(id, func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
		return s.CommitDraw(domain.DrawCommitted{
			Dialogue: id, Algorithm: domain.Algorithm{Name: "by hand", Version: "1"}, Seed: sha256.Sum256(seed[:]), Randomness: domain.PublicRandomness{Source: "dice", At: w.now + 1500},
		}, d, w.now+1000)
	})
}

func (w *world) execute(id domain.DialogueID, in, out []domain.ParticipantID) bool {
	rounds := w.sortition(id).Rounds()
	return w.inSortition(id, func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
		return s.ExecuteDraw(domain.DrawExecuted{
			Dialogue: id, Round: rounds + 1, Seed: domain.Digest{byte(rounds)}, Randomness: domain.Digest{3}, Selected: in, Quota: byAge(29, 31), Attempts: 2, Leavers: out,
		}, d, w.now+1000)
	})
}

// report counts the people asked through a channel; a correction takes the place of an earlier report.
func (w *world) report(id domain.DialogueID, report, channel, corrects string, accepted int) bool {
	return w.inSortition(id, func(s domain.SortitionState, d domain.Dialogue) ([]domain.Event, error) {
		return s.ReportRecruitment(domain.RecruitmentReported{
			Dialogue: id, Report: report, Channel: channel, Supersedes: corrects, From: "2025-01-01", To: "2025-01-31",
			Counts: domain.Recruitment{Invited: 100 + accepted, Reached: 40, Refused: 12, Ineligible: 3, Accepted: accepted},
		}, d)
	})
}

func (w *world) partner(id domain.PartnerID) domain.Partner {
	return state[domain.Partner](w, domain.PartnerStream("ed_1", id))
}

func (w *world) inPartner(id domain.PartnerID, ask func(domain.Partner) ([]domain.Event, error)) bool {
	return decide(w, domain.PartnerStream("ed_1", id), domain.Meta{Source: "ed_1"}, ask)
}

func (w *world) admit(id domain.PartnerID, roles ...domain.Role) bool {
	in := state[domain.Edition](w, domain.EditionStream("ed_1"))
	return w.inPartner(id, func(p domain.Partner) ([]domain.Event, error) {
		return p.Admit(domain.PartnerAdmitted{
			Edition: "ed_1", Partner: id, Name: "Partner " + string(id), Kind: domain.Academia, Roles: roles, Agreement: domain.Digest{4}, ValidFrom: "2025-01-01",
		}, in, nil)
	})
}

func (w *world) declare(id domain.PartnerID, person string, level domain.InterestLevel) bool {
	return w.inPartner(id, func(p domain.Partner) ([]domain.Event, error) {
		return p.DeclareInterest(domain.InterestDeclared{Edition: "ed_1", Partner: id, Person: person, Statement: domain.In("en", "Owns a well."), Level: level})
	})
}

func (w *world) train(id domain.PartnerID, person string, role domain.Role) bool {
	return w.inPartner(id, func(p domain.Partner) ([]domain.Event, error) {
		return p.CompleteTraining(domain.TrainingCompleted{
			Edition: "ed_1", Partner: id, Trainee: person, Role: role, Module: domain.ArtefactRef{ID: "ar_consent", Version: 1}, Trainer: "trainer",
		}, text)
	})
}

func (w *world) end(id, successor domain.PartnerID) bool {
	after := w.partner(successor)
	return w.inPartner(id, func(p domain.Partner) ([]domain.Event, error) {
		return p.EndPartnership(domain.PartnershipEnded{Edition: "ed_1", Partner: id, Reason: "moved on", EffectiveAt: w.now, ReassignTo: successor}, nil, after)
	})
}
