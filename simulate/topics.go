package simulate

import "daybook.internal/domain"

// A topic is on the agenda of all countries.
type topic struct {
	id          domain.TopicID
	label       string
	policyLinks []string
}

const (
	topicMe     domain.TopicID = "tp_me"
	topicData   domain.TopicID = "tp_data"
	topicSphere domain.TopicID = "tp_sphere"
	topicAI     domain.TopicID = "tp_ai"
	topicOwn    domain.TopicID = "tp_own_words"
)

// topics are the global ones. Each dialogue brings a national topic besides, see nationalTopic.
var topics = []topic{
	{topicMe, "Internet and me", []string{"https://policy.example/universal-access", "https://policy.example/digital-skills"}},
	{topicData, "My data, your data, our data", []string{"https://policy.example/data-protection", "https://policy.example/data-sharing"}},
	{topicSphere, "A strong digital public sphere", []string{"https://policy.example/information-integrity", "https://policy.example/platform-duties"}},
	{topicAI, "Exploring and governing artificial intelligence", []string{"https://policy.example/ai-principles"}},
	{topicOwn, "Internet for and with the citizens - in our own words", []string{"https://policy.example/global-digital-cooperation"}},
}

// nationalTopics are what countries bring to the national session, in turn.
var nationalTopics = []struct{ label, link, question string }{
	{"Public services that everybody can reach", "https://policy.example/national/services", "What should our country do first, so that nobody is left behind by public services that move online?"},
	{"Connecting the villages", "https://policy.example/national/rural", "How should our country bring the internet to its villages?"},
	{"Schools and the screen", "https://policy.example/national/schools", "What should our schools teach about life with the internet?"},
	{"Young people and their safety", "https://policy.example/national/youth", "How should our country protect its children online?"},
	{"Paying and trading online", "https://policy.example/national/trade", "What do small traders need to do business online?"},
	{"Local media in a global network", "https://policy.example/national/media", "How can our local media live on in a global network?"},
}

// sessions of the day, in their order.
const (
	sessionWelcome         domain.SessionID = "s1-welcome"
	sessionMe              domain.SessionID = "s2-internet-and-me"
	sessionData            domain.SessionID = "s3-data"
	sessionSphere          domain.SessionID = "s4-public-sphere"
	sessionNational        domain.SessionID = "s5-national"
	sessionAI              domain.SessionID = "s6-artificial-intelligence"
	sessionOwn             domain.SessionID = "s7-own-words"
	sessionRecommend       domain.SessionID = "s8-recommendations"
	sessionClosing         domain.SessionID = "s9-closing"
	sessionStakeholder     domain.SessionID = "t1-stakeholders"
	sessionStakeholderVote domain.SessionID = "t2-stakeholders-vote"
	sessionJoint           domain.SessionID = "j1-joint"
)

type session struct {
	id      domain.SessionID
	topic   domain.TopicID
	kind    domain.SessionKind
	chamber domain.Chamber
	minutes int
}

// sessions stand chamber by chamber, each in its order. Citizens and stakeholders sit in the same room at different tables; the joint session brings
// them together.
var sessions = []session{
	{sessionWelcome, "", domain.WelcomeSession, domain.CitizenChamber, 35},
	{sessionMe, topicMe, domain.ThematicSession, domain.CitizenChamber, 45},
	{sessionData, topicData, domain.ThematicSession, domain.CitizenChamber, 60},
	{sessionSphere, topicSphere, domain.ThematicSession, domain.CitizenChamber, 60},
	{sessionNational, "", domain.NationalSession, domain.CitizenChamber, 40},
	{sessionAI, topicAI, domain.ThematicSession, domain.CitizenChamber, 60},
	{sessionOwn, topicOwn, domain.ThematicSession, domain.CitizenChamber, 40},
	{sessionRecommend, "", domain.RecommendationSession, domain.CitizenChamber, 40},
	{sessionClosing, "", domain.ClosingSession, domain.CitizenChamber, 20},
	{sessionStakeholder, topicMe, domain.StakeholderSession, domain.StakeholderChamber, 90},
	{sessionStakeholderVote, "", domain.RecommendationSession, domain.StakeholderChamber, 40},
	{sessionJoint, topicOwn, domain.JointSession, domain.JointChamber, 45},
}
