package simulate

import "daybook.internal/domain"

const (
	questionKnowledge   domain.ArtefactID = "ar_sim_q_knowledge"
	questionPreferences domain.ArtefactID = "ar_sim_q_priorities"
)

// What is asked before and after the day, so that one sees whether deliberation changes it. The knowledge question has one right answer, "network". The scales are
// considerations, and the ranking what they lead to: of both the deliberative reason index is made.
var outlookQuestions = []question{
	{
		id: "ar_sim_q_outlook", session: sessionWelcome, waves: []domain.Wave{domain.PreWave, domain.PostWave}, kind: domain.SingleChoice, focus: true,
		text:    "Is the internet rather an opportunity or rather a threat for our society?",
		options: []option{{"opportunity", "Rather an opportunity", 380}, {"threat", "Rather a threat", 120}, {"both", "Both to the same degree", 440}, {"neither", "Neither", 60}},
		drift:   []int{40, 10, -30, -20},
	},
	{
		id: questionKnowledge, session: sessionWelcome, waves: []domain.Wave{domain.PreWave, domain.PostWave}, kind: domain.SingleChoice,
		text:    "What does it mean that the internet is decentralised?",
		options: []option{{"network", "It is made of many networks that agree on rules", 430}, {"server", "It runs on one computer that many people share", 210}, {"state", "Each state owns the part within its borders", 250}, {"satellite", "It works through satellites", 110}},
		drift:   []int{220, -90, -90, -40},
	},
	{
		id: "ar_sim_q_one_rule", session: sessionWelcome, waves: []domain.Wave{domain.PreWave, domain.PostWave}, kind: domain.Likert, scale: agreement, focus: true,
		text: "The internet needs rules that are the same all over the world.", weights: []int{70, 130, 240, 340, 220}, drift: []int{-20, -30, -60, 30, 80},
	},
	{
		id: "ar_sim_q_my_voice", session: sessionWelcome, waves: []domain.Wave{domain.PreWave, domain.PostWave}, kind: domain.Likert, scale: agreement, focus: true,
		text: "People like me should have a say in how the internet is governed.", weights: []int{40, 80, 220, 380, 280}, drift: []int{-20, -40, -80, 10, 130},
	},
	{
		id: "ar_sim_q_ai_human", session: sessionWelcome, waves: []domain.Wave{domain.PreWave, domain.PostWave}, kind: domain.Likert, scale: agreement, focus: true,
		text: "A human being should have the last word when a machine decides about people.", weights: []int{30, 50, 110, 310, 500}, drift: []int{-10, -10, -40, -20, 80},
	},
	{
		id: "ar_sim_q_consulted", session: sessionWelcome, waves: []domain.Wave{domain.PreWave, domain.PostWave}, kind: domain.Likert, scale: agreement, focus: true,
		text: "Before big decisions about the internet, citizens should be asked like today.", weights: []int{20, 40, 120, 350, 470}, drift: []int{-10, -10, -50, -10, 80},
	},
	{
		id: questionPreferences, session: sessionWelcome, waves: []domain.Wave{domain.PreWave, domain.PostWave}, kind: domain.Ranking, top: 4, focus: true,
		text: "What should be done first for the internet of all people? Put all four in an order.",
		options: []option{
			{"connect", "Connect those who are not online", 380}, {"protect", "Protect people from harm", 290}, {"teach", "Teach how to use it", 200}, {"agree", "Agree on rules for the whole world", 130},
		},
		drift: []int{-40, -30, -10, 80},
	},
}

// trustIn asks for trust in one kind of actor. share is how many trust it much or to some degree, per mille: the shares that were published for 2020.
func trustIn(id domain.ArtefactID, whom string, share int) question {
	return question{
		id: id, session: sessionMe, kind: domain.Likert, scale: trust, focus: true,
		text:    "How much do you trust " + whom + " to act in the public interest when it comes to the internet?",
		weights: []int{(1000 - share) * 2 / 5, (1000 - share) - (1000-share)*2/5, share - share/3, share / 3},
	}
}

var trustQuestions = []question{
	trustIn("ar_sim_q_trust_research", "research", 701),
	trustIn("ar_sim_q_trust_technical", "the technical community", 647),
	trustIn("ar_sim_q_trust_civil_society", "civil society organisations", 605),
	trustIn("ar_sim_q_trust_international", "international organisations", 567),
	trustIn("ar_sim_q_trust_governments", "governments", 430),
	trustIn("ar_sim_q_trust_companies", "private companies", 430),
	{
		id: "ar_sim_q_without", session: sessionMe, kind: domain.SingleChoice, focus: true, other: "other",
		text: "Which part of your life would be hardest without the internet?",
		options: []option{
			{"family", "Family and friends", 310}, {"work", "Work and income", 270}, {"learning", "School and learning", 190}, {"news", "News and information", 120},
			{"health", "Health", 60}, {"other", "Something else", 50},
		},
	},
}

// evaluationQuestions are asked at the end of the day, about the day. Their published order is kept; most people liked theirs.
var evaluationQuestions = []question{
	evaluate("time", "We had enough time for the topics.", []int{30, 70, 190, 400, 310}),
	evaluate("information", "I could understand the information.", []int{15, 40, 125, 420, 400}),
	evaluate("breadth", "I heard many different views.", []int{15, 35, 110, 390, 450}),
	evaluate("neutral", "The facilitator at my table was neutral.", []int{15, 30, 85, 330, 540}),
	evaluate("speak", "I could say what I wanted to say.", []int{15, 35, 100, 350, 500}),
	evaluate("respect", "The others respected what I said.", []int{10, 20, 70, 330, 570}),
	evaluate("reasons", "I understood why others see things differently.", []int{15, 35, 120, 430, 400}),
	evaluate("free", "I was free to decide as I wanted.", []int{10, 20, 60, 300, 610}),
}

func evaluate(id domain.ArtefactID, text string, weights []int) question {
	return question{id: "ar_sim_q_evaluation_" + id, session: sessionClosing, waves: []domain.Wave{domain.EvaluationWave}, kind: domain.Likert, scale: experience, text: text, weights: weights}
}

// stakeholderQuestions are asked at the stakeholders' tables alone, and never counted with the citizens' answers.
var stakeholderQuestions = []question{
	{
		id: "ar_sim_q_models", session: sessionStakeholder, kind: domain.SingleChoice,
		text:    "Which model of digital cooperation should be developed further first?",
		options: []option{{"forum", "A stronger forum", 460}, {"network", "A network of networks", 270}, {"commons", "A shared digital commons", 270}},
	},
	{
		id: "ar_sim_q_gaps", session: sessionStakeholder, kind: domain.MultipleChoice, min: 1, max: 3, exclusive: []domain.OptionID{"none"},
		text: "Which gaps of today's cooperation are the widest? Choose up to three.",
		options: []option{
			{"inclusion", "Too few take part", 590}, {"coordination", "Too little is coordinated", 450}, {"evidence", "Too little is known", 240}, {"trust", "Too little trust", 380},
			{"funding", "Too little money", 330}, {"none", "There are no gaps", 10},
		},
	},
}
