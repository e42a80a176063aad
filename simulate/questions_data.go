package simulate

import "daybook.internal/domain"

// The shares of the first four questions are those that were published for 2020.
var dataQuestions = []question{
	{
		id: "ar_sim_q_data_outlook", session: sessionData, kind: domain.SingleChoice, focus: true,
		text:    "Is the use of data about people rather an opportunity or rather a threat?",
		options: []option{{"opportunity", "Rather an opportunity", 290}, {"threat", "Rather a threat", 210}, {"both", "Both to the same degree", 500}},
	},
	{
		id: "ar_sim_q_data_control", session: sessionData, kind: domain.SingleChoice, focus: true, other: "other",
		text: "What should come first when others use data about you?",
		options: []option{
			{"decide", "I decide myself who uses which data", 580}, {"access", "I have a right to see what is stored", 220}, {"stop", "Data about me is no longer collected", 150}, {"other", "Something else", 50},
		},
	},
	{
		id: "ar_sim_q_share_pandemic", session: sessionData, kind: domain.Likert, scale: agreement, focus: true,
		text: "In a pandemic, I would share data about me for the good of all.", weights: []int{40, 60, 91, 413, 396},
	},
	{
		id: "ar_sim_q_share_normal", session: sessionData, kind: domain.Likert, scale: agreement, focus: true,
		text: "In normal times, I would share data about me for the good of all.", weights: []int{170, 190, 217, 210, 213},
	},
}

// What tables rank together. "Education" comes first at 53 of 100 tables as the most urgent and at 52 as the most effective, as in 2020; checks by
// companies at 32 and 25.
var sphereQuestions = []question{
	{
		id: "ar_sim_q_urgent", session: sessionSphere, kind: domain.Ranking, unit: domain.TableUnit, top: 3, focus: true,
		text: "Which measures against false information are the most urgent? Agree on an order at your table.",
		options: []option{
			{"education", "Education about media for everybody", 530}, {"checking", "Fact-checking by companies", 320}, {"law", "Laws against false information", 70}, {"journalism", "Support for good journalism", 50},
			{"transparency", "Openness about how platforms select", 30},
		},
	},
	{
		id: "ar_sim_q_effective", session: sessionSphere, kind: domain.Ranking, unit: domain.TableUnit, top: 3, focus: true,
		text: "Which measures against false information are the most effective? Agree on an order at your table.",
		options: []option{
			{"education", "Education about media for everybody", 520}, {"checking", "Fact-checking by companies", 250}, {"law", "Laws against false information", 90}, {"journalism", "Support for good journalism", 80},
			{"transparency", "Openness about how platforms select", 60},
		},
	},
	{
		id: "ar_sim_q_behaviour", session: sessionSphere, kind: domain.MultipleChoice, min: 1, max: 5, exclusive: []domain.OptionID{"nothing"}, focus: true,
		text: "Which of your habits have you changed because of false information?",
		options: []option{
			{"share", "I share less", 530}, {"check", "I check where things come from", 480}, {"others", "I use other services", 260}, {"groups", "I left groups", 210}, {"nothing", "Nothing", 180},
		},
	},
	{
		id: "ar_sim_q_touched", session: sessionSphere, kind: domain.SingleChoice, focus: true,
		text:    "How often do you meet false information online?",
		options: []option{{"daily", "Every day", 390}, {"weekly", "Every week", 320}, {"rarely", "Less often", 190}, {"never", "Never", 30}, {"unsure", "I cannot tell", 70}},
	},
	{
		id: "ar_sim_q_responsible", session: sessionSphere, kind: domain.Allocation, total: 10, step: 1, focus: true,
		text: "Who should take care of a good public sphere? Divide ten points.",
		options: []option{
			{"platforms", "Platforms", 290}, {"governments", "Governments", 240}, {"schools", "Schools", 210}, {"media", "Media", 140}, {"citizens", "Each of us", 120},
		},
	},
}
