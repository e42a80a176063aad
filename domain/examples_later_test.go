package domain

func laterExamples() []Event {
	return []Event{
		SynthesisCompleted{
			Edition: "ed_2026",
			Inputs: SynthesisInputs{
				Recommendations: []Ref{{RecommendationStream("rc_1"), 4}, {RecommendationStream("rc_2"), 6}},
				Codings:         []Ref{{StreamName("coding", "5f0c"), 3}},
				Results:         []Ref{{StreamName("tally", "dl_KE", "ss_2"), 31}},
			},
			Outputs: []RecommendationID{"rc_world"}, Unused: []Unused{{"outsideMandate", []RecommendationID{"rc_2"}}},
			Method: ArtefactRef{"ar_synthesis", 2}, Editors: []string{"s.okafor", "j.maes"}, Reviewers: []string{"c.one", "c.two", "c.three"},
		},
		RecommendationSubmitted{
			Submission: "sb_1", Recommendation: Ref{RecommendationStream("rc_1"), 4}, RecommendationID: "rc_1",
			Addressee: Addressee{"Ministry of Water", Government, "KE"}, Channel: "handed over at the river forum", Documents: []Digest{exampleDigest(21)},
			SubmittedAt: exampleTime(9, 0), ExpectedBy: exampleTime(18, 0), Publication: "pb_1", EmbargoUntil: exampleTime(12, 0),
		},
		ResponseReceived{
			Submission: "sb_1", RecommendationID: "rc_1", Kind: SubstantiveResponse, Text: In("en", "Two counties will try it."), At: exampleTime(15, 30),
			Evidence: Document{exampleDigest(22), "https://example.org/letter"}, Official: "Principal Secretary",
		},
		FollowUpReported{
			Submission: "sb_1", RecommendationID: "rc_1", Status: PartlyImplemented, Progress: 40, Evidence: Document{exampleDigest(23), "https://example.org/gazette"},
			Reporter: "pt_nairobi", Source: PartnerSource, At: exampleTime(16, 0),
		},
		PublicationReleased{
			Publication: "pb_1", Edition: "ed_2026", Kind: NationalReport, Dialogue: "dl_KE", Recommendations: []RecommendationID{"rc_1"},
			Files: []ReleasedFile{
				{"results.csv", exampleDigest(24), "text/csv", "https://example.org/schema/results-1"},
				{"report.pdf", exampleDigest(25), "application/pdf", "https://example.org/schema/report-1"},
			},
			LedgerPosition: 31600, Views: map[string]int{"country": 1, "recommendation": 1}, Licence: "CC-BY-4.0", EmbargoUntil: exampleTime(12, 0),
			DisclosureCheck: DisclosureCheck{"minBase 10, minCell 3", 7}, Notified: 88,
		},
		PublicationCorrected{
			Publication: "pb_1", Files: []ReleasedFile{{"results.csv", exampleDigest(26), "text/csv", "https://example.org/schema/results-1"}},
			Erratum: In("en", "The column of table 7 was empty."), Affected: []string{"results.csv", "figure 3"}, Reason: "an export was cut short",
		},
		WordsErased{
			Event: NewEventID("c-17", StatementStream("dl_KE", "st_12"), 0), Field: "text", In: Ref{StatementStream("dl_KE", "st_12"), 1},
			RequestedAt: exampleTime(18, 0), LegalBasis: "GDPR 17(1)(a)", By: "dpo.1",
		},
		ViewsCommitted{Size: 31600, Views: []ViewRoot{{"country", 2, 3, exampleDigest(27)}, {"global", 2, 1, exampleDigest(28)}}},
	}
}
