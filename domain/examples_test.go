package domain

import (
	"slices"
	"time"
)

// The example values: one realistic event of every kind with every member set. golden_test.go derives the sparse ones from them.

func exampleTime(hour, minute int) Time {
	return TimeOf(time.Date(2026, time.March, 14, hour, minute, 7, 250_000_000, time.UTC))
}

func exampleDigest(n byte) (d Digest) {
	for i := range d {
		d[i] = n + byte(7*i)
	}
	return d
}

func examples() []Event {
	return slices.Concat(
		editionExamples(), roomExamples(), talkExamples(), partnerExamples(), artefactExamples(), sortitionExamples(), lotExamples(), tableExamples(),
		tallyExamples(), codingExamples(), laterExamples(),
	)
}

// examplePopulation are the people of four countries; the order of their places is not that of the countries' sizes.
func examplePopulation() map[Place]int64 {
	return map[Place]int64{"KE": 56_432_944, "BR": 211_998_573, "NL": 18_228_742, "UG": 50_015_092}
}

func editionExamples() []Event {
	return []Event{
		EditionOpened{
			Edition:        "ed_2026",
			Title:          LText{"en", map[Lang]string{"en": `Dialogue on "water & land"`, "nl": "Dialoog over water en land", "sw": "Mazungumzo kuhusu maji"}},
			Mandate:        LText{"en", map[Lang]string{"en": "Advise the river basin commissions.\nThe answer is public."}},
			Languages:      []Lang{"en", "nl", "sw"},
			Coordinator:    "pt_coordination",
			DecisionOwners: []string{"River basin commission", "Ministry of Agriculture"},
			Synthetic:      true,
		},
		MilestoneScheduled{
			Edition: "ed_2026", Key: "materials", Phase: OnboardingPhase, DueAt: exampleTime(9, 0),
			Gates: []string{"materials.verified", "translations.verified"}, Reason: "two translations came late",
		},
		MilestoneReached{Edition: "ed_2026", Key: "materials", Evidence: []Ref{{ArtefactStream("ar_intro"), 4}, {DialogueStream("dl_KE"), 2}}},
		TopicAdded{
			Edition: "ed_2026", Topic: "tp_wells", Label: In("en", "Wells and boreholes"), Scope: NationalScope,
			PolicyLinks: []string{"https://example.org/water-act#12"}, Dialogue: "dl_KE",
		},
		SessionDefined{
			Edition: "ed_2026", Session: "ss_2", Ordinal: 2, Topic: "tp_wells", Kind: NationalSession, Chamber: CitizenChamber,
			Instruments: []Instrument{{ArtefactRef{"ar_wells", 3}, PreWave}, {ArtefactRef{"ar_wells", 3}, PostWave}}, PlannedMinutes: 75,
		},
		ProtocolFrozen{
			Edition: "ed_2026", MethodVersion: 2,
			AnalysisPlan:     Document{exampleDigest(1), "https://example.org/plan-2.pdf"},
			PlanArtefact:     ArtefactRef{"ar_plan", 2},
			Weighting:        Weighting{[]string{"pooled", "equalCountry", "population"}, PopulationTable(examplePopulation())},
			Suppression:      Suppression{MinBase: 10, MinCell: 3},
			RankScoring:      LengthBorda,
			OpinionAlgorithm: Algorithm{"pca-kmeans", "1.2", map[string]string{"restarts": "20", "seed": "7"}},
			Thresholds:       map[string]Ratio{MinCountries: RatioOf(2, 1), "adoption": RatioOf(2, 3)},
			CodingPlan:       Document{exampleDigest(3), "https://example.org/coding-2.pdf"},
			ReviewQuorum:     3,
			Measures: &MeasurePlan{
				Population: examplePopulation(), World: 8_200_000_000,
				Profile:        map[string]ArtefactID{"age": "ar_age", "settlement": "ar_settlement"},
				Merge:          map[string]map[string]string{"age": {"16-17": "18-34", "80-plus": "65-79"}},
				Correct:        map[ArtefactID]OptionID{"ar_aquifer": "slow"},
				Considerations: []ArtefactID{"ar_fair", "ar_costly"}, Preferences: "ar_options",
				Seed: 20260314, Permutations: 1000, Bootstraps: 100,
			},
		},
		ArtefactVersionAdded{
			Artefact: "ar_wells", Version: 3, Kind: QuestionArtefact,
			Question: &Question{
				Kind: SingleChoice, Text: In("en", "Who should pay for new wells?"),
				Options:  []Option{{"state", In("en", "The state")}, {"users", In("en", "Those who use them")}},
				Required: true, Unit: Individual,
			},
			Codes: []Code{{"cost", In("en", "Cost and payment")}, {"depth", In("en", "Depth of wells")}},
			Body:  In("en", "Read aloud before the question: wells differ in depth."), SourceLang: "en", Content: exampleDigest(4), URI: "https://example.org/wells-3", ChangeNote: "shorter", WordingLocked: true, Author: "m.odhiambo",
		},
		DialogueRegistered{
			Dialogue: "dl_KE", Edition: "ed_2026", Place: "KE", Partner: "pt_nairobi", Mode: HybridMode, SampleType: Sortition,
			Languages: []Lang{"en", "sw"}, PlannedSize: 96, Date: "2026-03-14",
		},
		QuotaPlanSet{
			Dialogue: "dl_KE",
			Dimensions: []QuotaDimension{{"settlement", []Stratum{
				{"urban", "Town or city", RatioOf(3, 10), 20, 40}, {"rural", "Village", RatioOf(7, 10), 56, 76},
			}}},
			Source: Document{exampleDigest(5), "https://example.org/census"}, NonExpertRule: "no full-time water professionals", MinorityStrata: []string{"urban"},
		},
		DialogueAuthorised{Dialogue: "dl_KE", MethodVersion: 2, Waivers: []Waiver{{WaiveSize, "two villages joined", "committee"}}, ConsentText: ArtefactRef{"ar_consent", 2}},
		SessionOpened{
			Dialogue: "dl_KE", Session: "ss_2", Chamber: CitizenChamber, IssuedCodes: 96, CodesCommitment: exampleDigest(6),
			Instruments: []ArtefactRef{{"ar_wells", 3}, {"ar_profile", 1}}, PlannedMinutes: 75,
		},
		SessionClosed{Dialogue: "dl_KE", Session: "ss_2", Minutes: 81, CheckedIn: 94, Note: "table 7 finished early"},
		DeviationReported{
			Dialogue: "dl_KE", Rule: "table-size", Description: In("en", "One table of nine."), Severity: Minor, Session: "ss_2", Mitigation: "a second facilitator joined",
		},
	}
}

func exampleMetas() map[string]Meta {
	causation := NewEventID("cmd-import", ImportStream("im1"), 0)
	return map[string]Meta{
		"meta.json": {
			Source: "ed_2026", Dialogue: "dl_KE", Time: exampleTime(10, 31), OccurredAt: exampleTime(10, 30),
			Actor:   Actor{NationalPartner, "f.kamau", "pt_nairobi"},
			Command: "01JPC2V1Q7", Causation: &causation, Correlation: "sheet 14",
			Observed: Observed{{DialogueStream("dl_KE"), 14}, {StatementStream("dl_KE", "st 1/ü"), 1}},
		},
		"meta.least.json": {Source: "ed_2026", Time: exampleTime(8, 0), Actor: Actor{Role: Coordinator, Principal: "root"}, Command: "open"},
	}
}
