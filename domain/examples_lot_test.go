package domain

// exampleQuotas are the seats of two who have left: nothing is left to relax in the country.
func exampleQuotas() []SeatQuota {
	return []SeatQuota{{"settlement", "urban", 1, 2, 1, 3}, {"settlement", "rural", 1, 1, 1, 2}}
}

// exampleBeacon signs its first round at 0:00, and one every three seconds.
func exampleBeacon() BeaconChain {
	return BeaconChain{"synthetic", exampleDigest(25), "8f0c", exampleTime(0, 0), 3000, true}
}

// The rounds of the examples are those at 7:00 on the day of the example and at 9:00 on the next.
const (
	exampleBuild = 7*1200 + 1
	exampleDraw  = 33*1200 + 1
)

func lotExamples() []Event {
	quotas := exampleQuotas()
	return []Event{
		SelectionAnnounced{
			Dialogue: "dl_KE", Selection: 2, Size: 2, Quotas: quotas, Address: "the same street and number", Objective: "leximin",
			Algorithm: Algorithm{"leximin-herding", "1", map[string]string{"gap": "0"}}, Panels: 1000, Beacon: exampleBeacon(), BuildAfter: 600_000, DrawAfter: 86_400_000, Fallback: 1200,
			Vacant: []ParticipantID{"pa_04", "pa_09"},
		},
		FeasibilityReported{Dialogue: "dl_KE", Selection: 2, People: 214, Feasible: true, Suggestions: []SeatQuota{{"settlement", "urban", 1, 3, 1, 3}}},
		QuotasAmended{Dialogue: "dl_KE", Selection: 2, Changes: []SeatQuota{{"settlement", "urban", 1, 3, 1, 3}}, Reason: "few came from towns", ApprovedBy: "committee"},
		SelectionPoolSealed{
			Dialogue: "dl_KE", Selection: 2, People: 214, Pool: exampleDigest(26), File: exampleDigest(27), Quotas: exampleDigest(28),
			Strata: []DimensionCount{{"settlement", map[string]int{"rural": 144, "urban": 70}}}, Types: 9, Shared: 7, Excluded: map[string]int{"drawn before": 96}, At: exampleTime(6, 0),
		},
		RoundsPinned{Dialogue: "dl_KE", Selection: 2, Build: exampleBuild, Draw: exampleDraw, BuildAt: exampleBeacon().At(exampleBuild), DrawAt: exampleBeacon().At(exampleDraw)},
		BeaconObserved{Dialogue: "dl_KE", Selection: 2, Round: exampleBuild + 1200, Signature: "a1b2", Randomness: exampleDigest(29), Missed: "the chain stood still for an hour"},
		LotteryBuilt{
			Dialogue: "dl_KE", Selection: 2, Seed: exampleDigest(30), File: exampleDigest(31), Panels: exampleDigest(32), Tickets: exampleDigest(33), Fewest: 7, Most: 15,
			Impossible: []ParticipantID{"pa_77"}, Multipliers: []int{-3, 0, 5}, Bound: RatioOf(1, 144), Pairs: PairCount{90, 4, 97, 140, 260}, BuildTime: 812,
		},
		PanelsCommitted{Dialogue: "dl_KE", Selection: 2, Panels: exampleDigest(32), URI: "https://example.org/panels-2", At: exampleTime(8, 0)},
		PanelDrawn{
			Dialogue: "dl_KE", Selection: 2, Index: 611, Selected: []ParticipantID{"pa_12", "pa_31"}, Path: []Digest{exampleDigest(34), exampleDigest(35)},
			Quota: []DimensionCount{{"settlement", map[string]int{"rural": 1, "urban": 1}}},
		},
		SeatAnswered{Dialogue: "dl_KE", Selection: 2, Participant: "pa_12", Answer: SeatWithdrawn, Replaces: SeatAccepted},
		SelectionVoided{Dialogue: "dl_KE", Selection: 2, Reason: "the pool lacked a district", By: "committee"},
	}
}
