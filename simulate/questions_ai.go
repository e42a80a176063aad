package simulate

import "daybook.internal/domain"

var intelligenceQuestions = []question{
	{
		id: "ar_sim_q_ai_feeling", session: sessionAI, kind: domain.SingleChoice, focus: true,
		text:    "What do you feel when you think of artificial intelligence?",
		options: []option{{"hope", "Rather hope", 330}, {"concern", "Rather concern", 180}, {"both", "Both to the same degree", 450}, {"nothing", "Nothing", 40}},
	},
	{
		id: "ar_sim_q_ai_uses", session: sessionAI, kind: domain.MultipleChoice, min: 1, max: 3, focus: true, exclusive: []domain.OptionID{"nowhere"},
		text: "Where should artificial intelligence be used? Choose up to three.",
		options: []option{
			{"health", "Health", 560}, {"environment", "Protection of nature", 430}, {"education", "Education", 380}, {"farming", "Farming", 310}, {"traffic", "Traffic", 290},
			{"justice", "Courts and police", 120}, {"nowhere", "Nowhere", 40},
		},
	},
	{
		id: "ar_sim_q_ai_governance", session: sessionAI, kind: domain.SingleChoice, focus: true,
		text: "Who should make the rules for artificial intelligence?",
		options: []option{
			{"world", "All states together", 410}, {"states", "Each state for itself", 170}, {"everybody", "States, companies, researchers and citizens together", 360}, {"companies", "Those who make it", 60},
		},
	},
	{
		id: "ar_sim_q_ai_budget", session: sessionAI, kind: domain.Allocation, total: 100, step: 10, focus: true,
		text: "A hundred points of public money for artificial intelligence: how would you divide them?",
		options: []option{
			{"safety", "Safety", 280}, {"health", "Use in health", 250}, {"training", "New skills for workers", 220}, {"access", "Access for poor regions", 150}, {"oversight", "Oversight", 100},
		},
	},
}

// The national session asks the same everywhere, so that countries can be compared, and leaves the rest to the tables. In the last session people use their own words.
var ownQuestions = []question{
	{
		id: "ar_sim_q_national", session: sessionNational, kind: domain.SingleChoice, focus: true, other: "other",
		text: "What should our country do first?",
		options: []option{
			{"access", "Bring the internet to everybody", 290}, {"prices", "Make it cheaper", 220}, {"skills", "Teach how to use it", 230}, {"safety", "Make it safer", 190}, {"other", "Something else", 70},
		},
	},
	{
		id: "ar_sim_q_vision", session: sessionOwn, kind: domain.Open, maxRunes: 400,
		text: "What internet do you wish for those who are born today? Use your own words.",
	},
}
