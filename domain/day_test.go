package domain

import "fmt"

// The world of the examples, as far as the decisions of the day look at it.

// plannedEdition has a frozen protocol and four sessions: the national one of the examples, one after it, one of the stakeholders, and a joint one.
func plannedEdition() Edition {
	s := example[SessionDefined]()
	plain := func(id SessionID, ordinal int, kind SessionKind, in Chamber, instruments ...Instrument) SessionDefined {
		return SessionDefined{Edition: "ed_2026", Session: id, Ordinal: ordinal, Kind: kind, Chamber: in, Instruments: instruments}
	}
	return Fold(Edition{}, example[EditionOpened](), example[TopicAdded](), s,
		plain("ss_3", 3, ThematicSession, CitizenChamber, Instrument{ArtefactRef{"ar_wells", 3}, SessionWave}),
		plain("ss_4", 1, StakeholderSession, StakeholderChamber), plain("ss_5", 1, JointSession, JointChamber),
		but(example[ProtocolFrozen](), func(p *ProtocolFrozen) { p.Thresholds = map[string]Ratio{OutputGrace: RatioOf(30, 1)} }))
}

// nairobi is the partner of the examples' dialogue, with a head facilitator and twelve table facilitators, f1 to f12. f2 has a direct interest in the
// wells, f3 in something else, and f4 has declared nothing.
func nairobi() Partner {
	p := Fold(Partner{}, PartnerAdmitted{
		Edition: "ed_2026", Partner: "pt_nairobi", Name: "Nairobi", Kind: CivilSociety, Roles: []Role{NationalPartner}, Place: "KE", Agreement: exampleDigest(1), ValidFrom: "2026-01-01", ValidTo: "2026-12-31",
	})
	trained := func(who string, as Role) TrainingCompleted {
		return TrainingCompleted{Edition: "ed_2026", Partner: "pt_nairobi", Trainee: who, Role: as, Module: ArtefactRef{"ar_module", 1}, Trainer: "t", ValidTo: "2026-06-30"}
	}
	p = Fold(p, trained("h1", HeadFacilitator))
	for i := range 12 {
		who := fmt.Sprint("f", i+1)
		p = Fold(p, trained(who, TableFacilitator))
		d := InterestDeclared{Edition: "ed_2026", Partner: "pt_nairobi", Person: who, Statement: In("en", "none"), Level: NoInterest}
		switch who {
		case "f2":
			d.Level, d.Topics = DirectInterest, []TopicID{"tp_wells"}
		case "f3":
			d.Level, d.Topics = DirectInterest, []TopicID{"tp_schools"}
		case "f4":
			continue
		}
		p = Fold(p, d)
	}
	return p
}

// approvedIn is an artefact whose version is approved, with a verified translation into Swahili.
func approvedIn(v ArtefactVersionAdded) Artefact {
	a := Artefact{}
	for n := 1; n <= v.Version; n++ {
		a = Fold(a, but(v, func(v *ArtefactVersionAdded) { v.Version = n }))
	}
	return Fold(a, ArtefactApproved{Artefact: v.Artefact, Version: v.Version, Approvals: []string{"a", "b", "c"}, Quorum: 3},
		TranslationSubmitted{Artefact: v.Artefact, Version: v.Version, Lang: "sw", Translator: "t", Content: exampleDigest(2), Method: HumanTranslation},
		TranslationVerified{Artefact: v.Artefact, Version: v.Version, Lang: "sw", Translation: exampleDigest(2), Verifier: "v", Method: BackTranslation})
}

// wells is the question of the examples, in its third version. Nobody needs to answer it.
func wells() ArtefactVersionAdded {
	return but(example[ArtefactVersionAdded](), func(v *ArtefactVersionAdded) {
		v.Codes = nil
		v.Question = &Question{Kind: SingleChoice, Text: In("en", "Who should pay?"), Options: []Option{{"state", In("en", "The state")}, {"users", In("en", "Who uses them")}}, Unit: Individual}
	})
}

// text is an artefact without a question.
func text(id ArtefactID, kind ArtefactKind, codes ...string) ArtefactVersionAdded {
	v := ArtefactVersionAdded{Artefact: id, Version: 1, Kind: kind, Body: In("en", "Words."), SourceLang: "en", Content: exampleDigest(3), Author: "m"}
	for _, c := range codes {
		v.Codes = append(v.Codes, Code{c, In("en", c)})
	}
	return v
}

// inUse are the artefacts of the dialogue.
func inUse() map[ArtefactID]Artefact {
	return map[ArtefactID]Artefact{
		"ar_wells":   approvedIn(wells()),
		"ar_profile": approvedIn(but(wells(), func(v *ArtefactVersionAdded) { v.Artefact, v.Version = "ar_profile", 1 })),
		"ar_consent": approvedIn(but(text("ar_consent", ConsentTextArtefact), func(v *ArtefactVersionAdded) { v.Version = 2 })),
	}
}

func authorised() []Event {
	a := example[DialogueAuthorised]()
	a.Waivers = nil
	return follows(example[DialogueRegistered](), a)
}

// codes are the 96 codes of the session of the examples, and the proofs that they were issued.
func codes() (issued SessionOpened, proofs map[Pseudonym]CodeProof) {
	issued = example[SessionOpened]()
	all := append(pseudonyms(issued.IssuedCodes-2), "q7xk2", "z9")
	issued.CodesCommitment, proofs = SealCodes("dl_KE", all)
	return issued, proofs
}

func inSession() []Event {
	s, _ := codes()
	return append(authorised(), s)
}

// An edition with a frozen protocol, and one without.
func openEdition() Edition { return Fold(Edition{}, example[EditionOpened]()) }

func frozenEdition() Edition { return Fold(openEdition(), example[ProtocolFrozen]()) }
