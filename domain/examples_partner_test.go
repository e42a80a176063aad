package domain

func partnerExamples() []Event {
	score := RatioOf(9, 10)
	return []Event{
		PartnerAdmitted{
			Edition: "ed_2026", Partner: "pt_nairobi", Name: "Nairobi Water Forum", Kind: CivilSociety, Roles: []Role{NationalPartner, Recruiter}, Place: "KE",
			Agreement: exampleDigest(20), ValidFrom: "2026-01-01", ValidTo: "2026-12-31", Succeeds: "pt_kisumu",
		},
		InterestDeclared{
			Edition: "ed_2026", Partner: "pt_nairobi", Person: "f.kamau", Statement: In("en", "Sits on the board of a borehole company."),
			Topics: []TopicID{"tp_wells"}, Level: DirectInterest,
		},
		TrainingCompleted{
			Edition: "ed_2026", Partner: "pt_nairobi", Trainee: "g.njeri", Role: TableFacilitator, Module: ArtefactRef{"ar_facilitation", 2}, Score: &score,
			Trainer: "h.vries", ValidTo: "2026-12-31",
		},
		PartnershipEnded{
			Edition: "ed_2026", Partner: "pt_nairobi", Reason: "the forum was dissolved", EffectiveAt: exampleTime(18, 0), ReassignTo: "pt_kisumu",
		},
	}
}
