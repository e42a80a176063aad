package process

import (
	"maps"
	"slices"

	"daybook.internal/domain"
)

// Preparation is how far the dialogue has come before it may take place. The consent text is the last approved version of any, or the last of any.
func (d *Dossier) Preparation() Preparation {
	held := d.partners[d.holder()]
	p := Preparation{
		Registered: true, SampleType: d.dialogue.SampleType, PlannedSize: d.dialogue.PlannedSize, Languages: d.dialogue.Languages, ProtocolFrozen: d.protocol, QuotaPlan: d.quota,
		HeadFacilitators: held.TrainedFor(domain.HeadFacilitator, d.dialogue.Date), TableFacilitators: held.TrainedFor(domain.TableFacilitator, d.dialogue.Date),
	}
	for _, s := range d.planned {
		if of := d.topics[s.Topic]; of != "" && of != d.dialogue.Dialogue {
			continue
		}
		for _, i := range s.Instruments {
			if !slices.ContainsFunc(p.Instruments, func(have Instrument) bool { return have.Ref == i.Artefact }) {
				p.Instruments = append(p.Instruments, d.instrument(i.Artefact))
			}
		}
	}
	for _, ref := range d.consent {
		if i := d.instrument(ref); p.Consent == nil || i.Approved || !p.Consent.Approved {
			p.Consent = &i
		}
	}
	return p
}

func (d *Dossier) instrument(ref domain.ArtefactRef) Instrument {
	if a := d.artefacts[ref]; a != nil {
		return a.Instrument
	}
	return Instrument{Ref: ref}
}

// holder is the partner that holds the dialogue: the one that registered it, or who took over from it.
func (d *Dossier) holder() domain.PartnerID {
	id := d.dialogue.Partner
	for range d.partners {
		end := d.partners[id].Ended()
		if end == nil || end.ReassignTo == "" {
			break
		}
		id = end.ReassignTo
	}
	return id
}

// Completion is how far the dialogue has come before it can be certified.
func (d *Dossier) Completion() Completion {
	c := Completion{Authorised: d.authorised != nil, Deviations: d.deviations, OpenFindings: d.findings}
	for _, s := range d.sessions {
		closing := Closing{Session: s.Session, Closed: s.closed}
		for _, ref := range s.Instruments {
			if a := d.artefacts[ref]; a == nil || !a.asks {
				continue
			}
			for _, wave := range d.waves(s.Session, ref) {
				at := poll{s.Session, wave, ref}
				closing.Questions = append(closing.Questions, Counted{ref, wave, d.settled[at], d.sheetsOf(at)})
			}
		}
		c.Sessions = append(c.Sessions, closing)
	}
	return c
}

// waves are those in which a question was planned to be put, or else in which it was counted.
func (d *Dossier) waves(session domain.SessionID, ref domain.ArtefactRef) []domain.Wave {
	found := map[domain.Wave]bool{}
	for _, s := range d.planned {
		for _, i := range s.Instruments {
			if s.Session == session && i.Artefact == ref {
				found[i.Wave] = true
			}
		}
	}
	for at := range d.sheets {
		if at.session == session && at.question == ref {
			found[at.wave] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// sheetsOf are the sheets of a question, by table. Where one table has a sheet, every table has.
func (d *Dossier) sheetsOf(at poll) []Sheet {
	have := d.sheets[at]
	if len(have) == 0 {
		return nil
	}
	tables := map[domain.TableID]bool{}
	for t := range have {
		tables[t] = true
	}
	for _, t := range d.tables {
		if t.Session == "" || t.Session == at.session {
			tables[t.Table] = true
		}
	}
	sheets := []Sheet{}
	for _, t := range slices.Sorted(maps.Keys(tables)) {
		a, first := have[t][domain.EntryA]
		b, second := have[t][domain.EntryB]
		same := maps.Equal(a.Counts, b.Counts) && a.Valid == b.Valid && a.Blank == b.Blank && a.Spoiled == b.Spoiled
		sheets = append(sheets, Sheet{t, slices.Sorted(maps.Keys(have[t])), first && second && !same})
	}
	return sheets
}

// Graph is the recommendations of the edition, as far as they are drafted.
func (d *Dossier) Graph() Graph { return d.graph }

// Missing is everything that the dialogue lacks for its next step: to be authorised, or to be certified; and what its recommendations lack.
func (d *Dossier) Missing() []Gap {
	gaps := []Gap{}
	switch {
	case d.authorised == nil:
		gaps = append(gaps, Authorise(d.Preparation())...)
	case !d.certified:
		gaps = append(gaps, Certify(d.Completion())...)
	}
	for _, g := range Lineage(d.graph) {
		if d.mine[domain.RecommendationID(g.About)] {
			gaps = append(gaps, g)
		}
	}
	return gaps
}
