package domain

func artefactExamples() []Event {
	return []Event{
		ReviewRecorded{
			Artefact: "ar_wells", Version: 3, Reviewer: "r.mbeki", Partner: "pt_academy", Kind: FocusGroupReview, Verdict: Revise,
			Scores: map[string]int{"clarity": 2, "neutrality": 4}, Comment: In("en", "\"Pay\" was read as \"pay today\"."), Place: "KE",
			Replaces: &Reviewed{Kind: CommitteeReview, Verdict: Approve, Scores: map[string]int{"clarity": 5}},
		},
		ArtefactApproved{Artefact: "ar_wells", Version: 3, Approvals: []string{"a.nowak", "r.mbeki", "s.lindqvist"}, Quorum: 3},
		TranslationSubmitted{
			Artefact: "ar_wells", Version: 3, Lang: "sw", Translator: "t.juma",
			Question: &QuestionWords{
				Text: "Nani alipie visima vipya?", Options: map[OptionID]string{"state": "Serikali", "users": "Wanaovitumia"}, Labels: []string{"Kamwe", "Daima"},
			},
			Codes: map[string]string{"cost": "Gharama", "depth": "Kina"}, Body: "Soma kwa sauti.", Content: exampleDigest(11), URI: "https://example.org/wells-3-sw", Method: MachineEdited,
		},
		TranslationVerified{
			Artefact: "ar_wells", Version: 3, Lang: "sw", Translation: exampleDigest(11), Verifier: "v.achieng", Method: BackTranslation, Issues: 2,
		},
		ArtefactWithdrawn{Artefact: "ar_wells", Version: 3, Reason: "the law has changed", ReplacedBy: ArtefactRef{"ar_wells", 4}},
	}
}
