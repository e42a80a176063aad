package domain

import "crypto/ed25519"

// exampleDevice is the key of a device. Everybody knows it.
func exampleDevice(n byte) ed25519.PrivateKey {
	seed := exampleDigest(n)
	return ed25519.NewKeyFromSeed(seed[:])
}

func roomExamples() []Event {
	return []Event{
		ParticipantRegistered{
			Participant: "pa_07", Dialogue: "dl_KE", Chamber: StakeholderChamber, Route: StakeholderInvite, StakeholderGroup: "water users' associations",
			Strata: Commitment(exampleDigest(7)), AccessNeeds: Commitment(exampleDigest(8)),
			Name: Commitment(exampleDigest(31)), Contact: Commitment(exampleDigest(32)), Language: "sw", Support: []Support{Travel, Care},
			Person: exampleDigest(11), OfAge: true,
		},
		ConsentGiven{
			Participant: "pa_07", Dialogue: "dl_KE", ConsentText: ArtefactRef{"ar_consent", 2}, Lang: "sw",
			Scopes: []ConsentScope{Participate, DataUse, Quotes}, Method: OnPaper, Guardian: true,
			Replaces: []ConsentScope{Participate},
		},
		ConsentWithdrawn{
			Participant: "pa_07", Dialogue: "dl_KE", Scopes: []ConsentScope{Quotes}, Effect: StopFuture, Replaces: []ConsentScope{DataUse, Participate, Quotes},
		},
		ParticipantCheckedIn{Participant: "pa_07", Dialogue: "dl_KE", Chamber: StakeholderChamber, Session: "ss_2", By: "g.njeri", Again: true},
		PersonalDataErased{
			Participant: "pa_07", Dialogue: "dl_KE", Fields: []string{"accessNeeds", "strata"}, RequestedAt: exampleTime(11, 0), LegalBasis: "GDPR 17(1)(b)",
		},
		BallotCast{
			Dialogue: "dl_KE", Pseudonym: DevicePseudonym(DeviceKey(exampleDevice(1).Public().(ed25519.PublicKey))), Session: "ss_2", Wave: PostWave,
			Question: ArtefactRef{"ar_wells", 3}, Lang: "sw", Answer: Answer{Option: "users"}, Channel: OnlineChannel, Revision: 2, Table: "t4",
			Issued: &CodeProof{Index: 2, Path: []Digest{exampleDigest(11), exampleDigest(12)}}, Replaces: &Answer{NonResponse: DontKnow},
		}.SignedBy(exampleDevice(1)),
		BallotVoided{
			Dialogue: "dl_KE", Pseudonym: "q7xk2", Session: "ss_2", Wave: PostWave, Question: ArtefactRef{"ar_wells", 3},
			Reason: DuplicateSheet, By: "clerk-a", SecondBy: "clerk-b", Replaces: Answer{Option: "users"},
		},
	}
}

func talkExamples() []Event {
	return []Event{
		StatementPosted{
			Conversation: "dl_KE", Statement: "st_12", Kind: ArgumentFor, Parent: "st_3", Text: Commitment(exampleDigest(9)), Lang: "sw", Author: "q7xk2", Seed: true,
		},
		StatementModerated{
			Conversation: "dl_KE", Statement: "st_12", Decision: Hide, ReasonCode: "G3",
			Reason: LText{"en", map[Lang]string{"en": "names a <person>", "zh-Hant": "提到了一個人 🙈"}}, Guideline: ArtefactRef{"ar_guide", 1}, Moderator: "mod.1", Replaces: Accepted,
		},
		StatementLinked{
			Conversation: "dl_KE", Statement: "st_12", Relation: RewordedFrom, Target: Ref{StatementStream("dl_KE", "st_9"), 2}, By: "mod.1",
		},
		ReactionCast{
			Conversation: "dl_KE", Respondent: "q7xk2", Statement: "st_12", Value: Disagree, Important: true, Revision: 2, Replaces: Agree,
		},
		RecommendationDrafted{
			Recommendation: "rc_1", Level: NationalLevel, Body: Joint, Kind: CoreRecommendation, Topics: []TopicID{"tp_wells"},
			Text: In("en", "Let users' associations own the wells."),
			Sources: []Source{
				{Ref{StatementStream("dl_KE", "st_12"), 3}, Basis},
				{Ref{RecommendationStream("rc_0"), 1}, ContrastRole},
			},
			Editor: "l.wanjiru",
		},
		EndorsementOpened{
			Recommendation: "rc_1", Version: 1,
			Chambers: []ChamberRule{{CitizenChamber, CheckedIn, RatioOf(2, 3), RatioOf(1, 2), "ss_2"}, {StakeholderChamber, "the eight associations", RatioOf(1, 2), RatioOf(1, 1), ""}},
			Question: ArtefactRef{"ar_endorse", 1}, ClosesAt: exampleTime(17, 0),
		},
		EndorsementClosed{
			Recommendation: "rc_1", Version: 1,
			Chambers: []ChamberCount{{CitizenChamber, 94, 90, 66, 20, 4}, {StakeholderChamber, 8, 8, 5, 2, 1}},
			Tallies:  []Ref{{TallyStream("dl_KE", "ss_2"), 5}},
		},
		RecommendationDecided{
			Recommendation: "rc_1", Version: 1, Outcome: Adopted, ChambersPassed: []Chamber{CitizenChamber, StakeholderChamber},
			Dissents: []Dissent{{In("en", "Ownership without money is a burden."), 9}}, DissentOffered: true, DecidedBy: "pt_nairobi", Replaces: Deferred,
		},
		ImportRecorded{
			Import:       NewImportID(exampleDigest(10), Mapping{"polis-export", 1}),
			Source:       ImportSource{"vtaiwan.uberx", "https://example.org/export.zip", "9f2c1e0", exampleTime(7, 30), exampleDigest(10), "CC-BY-4.0"},
			Mapping:      Mapping{"polis-export", 1},
			Read:         map[string]int{"comments": 197, "votes": 31_414},
			Written:      31_600,
			Skipped:      map[string]int{"vote on an unknown comment": 11},
			Conversation: "vtaiwan.uberx", Streams: 2_118, Synthetic: true,
		},
	}
}
