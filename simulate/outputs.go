package simulate

import "daybook.internal/domain"

// A code of the coding frame is a theme, and the sentences that tables write about it.
type theme struct {
	code, label string
	sentences   []string // recommendations
	argument    string   // for them
	objection   string   // against them
}

// themes are the coding frame. Those of a topic are what its tables write about.
var themes = []theme{
	{"access", "Access and its price", []string{
		"Connect every school and every health post, and let the village use the line after hours.",
		"Make a basic amount of data free for learning, health and public services.",
	}, "Who is not connected is left out of everything else.", "Somebody has to pay for lines that do not pay for themselves."},
	{"skills", "Skills and education", []string{
		"Teach how to live with the internet from the first year of school, and teach the grandparents in the same rooms.",
		"Train teachers first, and give them time for it.",
	}, "Tools without skills serve those who have them already.", "Schools are given a new task every year and nothing is taken away."},
	{"control", "Control over data", []string{
		"Give everybody one place to see and to stop the use of their data.",
		"Write consent on one page, in the language of those who are asked.",
	}, "Nobody can agree to what they cannot understand.", "Too many questions make people press yes to all of them."},
	{"sharing", "Data for the common good", []string{
		"Let people give data for health and research through a trust that they can leave at any time.",
		"Open the data of public services, and take the people out of it first.",
	}, "Shared data has saved lives.", "What is collected for a good purpose stays when the purpose changes."},
	{"falsehood", "False information", []string{
		"Support independent fact-checkers in every language of the country.",
		"Oblige platforms to say who paid for what we see.",
	}, "Lies travel faster than corrections.", "Who decides what is false will be tempted to use it."},
	{"platforms", "Duties of platforms", []string{
		"Let users choose how their feeds are sorted, and let one of the choices be by time.",
		"Give every user a person to complain to, and an answer within a week.",
	}, "A public square needs rules that the public has made.", "Small services cannot keep the rules that were made for big ones."},
	{"oversight", "Oversight of machines that decide", []string{
		"Let no machine decide alone about a person's health, freedom or work.",
		"Register every system that decides about people, and let it be tested by others than its makers.",
	}, "A mistake of a machine is a mistake a million times.", "Too much oversight keeps good tools from those who need them."},
	{"benefit", "Use for everybody", []string{
		"Spend public money for artificial intelligence on health, farming and nature first.",
		"Tax the gains of automation, and pay for training with them.",
	}, "What is paid for by all should serve all.", "Nobody knows yet where the benefit will be."},
	{"voice", "Citizens' say", []string{
		"Hold a dialogue like this one every two years, and let the parliament answer to it in public.",
		"Keep seats for citizens drawn by lot in every body that decides about the internet.",
	}, "Who lives with a decision should be heard before it is made.", "A day is too short to learn what experts argue about for years."},
	{"safety", "Safety of the weak", []string{
		"Make services safe for children by default, without asking for everybody's papers.",
		"Help those who are attacked online within a day, in their own language.",
	}, "Those who are hurt leave, and then they have no voice.", "Protection is easily turned into control."},
}

// themesOf are the codes that fit a session's topic.
var themesOf = map[domain.TopicID][]string{
	topicMe: {"access", "skills", "safety"}, topicData: {"control", "sharing"}, topicSphere: {"falsehood", "platforms", "skills"},
	topicAI: {"oversight", "benefit"}, topicOwn: {"voice", "access", "safety"},
}

func themeOf(code string) theme {
	for _, t := range themes {
		if t.code == code {
			return t
		}
	}
	panic("simulate: no theme " + code)
}

// ideas are what tables collect before they write a recommendation.
var ideas = []string{
	"A place in every town where somebody helps.", "A label that says how a service earns its money.", "One page instead of forty.", "A day without screens, together.",
	"A public line to every village.", "Somebody to call when a machine has decided wrongly.", "Lessons given by pupils to their grandparents.", "A prize for honest reporting.",
	"A button for leaving.", "A council of users.",
}

// quotes are sentences of participants that a note taker wrote down word by word. They are used with the consent of the whole room alone.
var quotes = []string{
	"I came with an opinion and leave with three questions.", "You live in the city and still have my problem.", "I have never been asked before.",
	"My daughter will ask me what I did today, and I can tell her.", "I do not agree with him, but now I know why he thinks so.",
}

// dissents are what the outvoted want to have on record.
var dissents = []string{
	"It promises more than any budget can hold.", "It leaves those who decide as free as before.", "The state should not be given yet another task.", "It forgets those who do not want to be online at all.",
}
