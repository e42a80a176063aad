package domain

func tallyExamples() []Event {
	return []Event{
		TallySheetRecorded{
			Dialogue: "dl_KE", Session: "ss_2", Wave: PostWave, Question: ArtefactRef{"ar_wells", 3}, Table: "t4", Entry: EntryB,
			Counts: map[string]int{"state": 3, "users": 2}, Valid: 5, Blank: 1, Spoiled: 1, Sheet: exampleDigest(20), Clerk: "clerk-b",
		},
		TallyReconciled{
			Dialogue: "dl_KE", Session: "ss_2", Wave: PostWave, Question: ArtefactRef{"ar_wells", 3}, Source: FromSheets,
			CheckedIn: 94, Issued: 96, Ballots: 91, Missing: 2, Void: 1, Counts: map[string]int{"state": 50, "users": 40}, Difference: 1,
			Resolution: "one form of table 4 was entered twice",
		},
		RecommendationRevised{
			Recommendation: "rc_1", Version: 2, Text: In("en", "Let users' associations own and keep the wells."),
			SourcesAdded:   []Source{{Ref{TallyStream("dl_KE", "ss_2"), 3}, SupportRole}},
			SourcesRemoved: []Source{{Ref{RecommendationStream("rc_0"), 1}, ContrastRole}},
			Rationale:      "who keeps them was the question of six tables", Editor: "l.wanjiru",
		},
		RecommendationSuperseded{Recommendation: "rc_1", By: []RecommendationID{"rc_2", "rc_3"}, Relation: Split, Reason: "owning and paying are two things"},
	}
}
