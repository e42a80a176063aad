package domain

import "crypto/sha256"

// exampleSeed is revealed by the example draw, and committed to by its commitment.
var exampleSeed = exampleDigest(23)

func sortitionExamples() []Event {
	return []Event{
		RecruitmentReported{
			Dialogue: "dl_KE", Report: "phone-2", Channel: "phone", Counts: Recruitment{2000, 900, 400, 60, 310}, From: "2026-01-10", To: "2026-01-31",
			Supersedes: "phone-1", Replaces: &Recruitment{2000, 880, 400, 60, 300},
		},
		PoolSealed{Dialogue: "dl_KE", Size: 310, Pool: exampleDigest(22), Strata: []DimensionCount{{"settlement", map[string]int{"rural": 180, "urban": 130}}}},
		DrawCommitted{
			Dialogue: "dl_KE", Algorithm: Algorithm{"stratified-hmac", "1", map[string]string{"maxAttempts": "1000"}}, Seed: sha256.Sum256(exampleSeed[:]),
			Randomness: PublicRandomness{"drand quicknet", 26_144_021, exampleTime(6, 0)},
		},
		DrawExecuted{
			Dialogue: "dl_KE", Round: 2, Seed: exampleSeed, Randomness: exampleDigest(24), Selected: []ParticipantID{"pa_12", "pa_31"},
			Quota: []DimensionCount{{"settlement", map[string]int{"rural": 64, "urban": 32}}}, Attempts: 3, Leavers: []ParticipantID{"pa_04", "pa_09"},
		},
	}
}
