package simulate

import "daybook.internal/domain"

// A worldwide recommendation stands on the national ones about its themes.
type worldwide struct {
	id     domain.RecommendationID
	kind   domain.RecommendationKind
	topics []domain.TopicID
	themes []string
	text   string
}

// visions are what citizens wish for, put together from the rooms of all countries.
var visions = []worldwide{
	{"rc_sim_vision_access", domain.Vision, []domain.TopicID{topicMe}, []string{"access", "skills"}, "Everybody who wants to be online can be, at a price that leaves bread on the table, and knows how to use it, in their own language."},
	{"rc_sim_vision_data", domain.Vision, []domain.TopicID{topicData}, []string{"control", "sharing"}, "People decide about data that tells of them, understand what they decide, and can share it for the good of all without losing it."},
	{"rc_sim_vision_sphere", domain.Vision, []domain.TopicID{topicSphere}, []string{"falsehood", "platforms"}, "The digital public square is a place where one can trust what one reads, disagree without fear, and see by which rules one is heard."},
	{"rc_sim_vision_ai", domain.Vision, []domain.TopicID{topicAI}, []string{"oversight", "benefit"}, "Machines that learn serve health, knowledge and nature first; people stay answerable for what they decide."},
	{"rc_sim_vision_voice", domain.Vision, []domain.TopicID{topicOwn}, []string{"voice", "safety"}, "Those who live with the internet have a say in it, again and again, and are told what came of what they said."},
}

// cores are the recommendations of citizens and stakeholders together, along seven themes of digital cooperation.
var cores = []worldwide{
	{"rc_sim_core_architecture", domain.CoreRecommendation, []domain.TopicID{topicOwn}, []string{"voice", "platforms"}, "Build cooperation as a hybrid: one place where everything can be raised, and many networks in which it is worked on, each with a known way back to that place."},
	{"rc_sim_core_resources", domain.CoreRecommendation, []domain.TopicID{topicMe}, []string{"access", "benefit"}, "Give the common tasks a budget of their own for several years, paid by states and companies by their size, and publish what it was spent on."},
	{"rc_sim_core_inclusion", domain.CoreRecommendation, []domain.TopicID{topicMe, topicOwn}, []string{"access", "skills", "safety"}, "Put those who are missing at the heart of it: pay their way, speak their languages, and do not decide before they were heard."},
	{"rc_sim_core_coordination", domain.CoreRecommendation, []domain.TopicID{topicData, topicSphere}, []string{"control", "falsehood"}, "Let one small office know who works on what, bring together those who do not know of one another, and keep everything findable."},
	{"rc_sim_core_transparency", domain.CoreRecommendation, []domain.TopicID{topicData, topicAI}, []string{"sharing", "oversight"}, "Make decisions traceable from the first proposal to the last vote, and give those who act in good faith guidance that they can follow."},
	{"rc_sim_core_trust", domain.CoreRecommendation, []domain.TopicID{topicSphere, topicAI}, []string{"platforms", "oversight"}, "Choose leaders who can be trusted by all sides, for a set time, in the open, and let them answer for what they promised."},
	{"rc_sim_core_decision", domain.CoreRecommendation, []domain.TopicID{topicOwn}, []string{"voice"}, "Lead from discussion to decision: every question that is raised ends with a recommendation to somebody who can decide, and with an answer by a date."},
}

// An addressee decides about something.
var addressees = []domain.Addressee{
	{Name: "Simulated Global Forum on Digital Cooperation", Kind: domain.InternationalOrganisation},
	{Name: "Simulated Assembly of States, Committee on Technology", Kind: domain.InternationalOrganisation},
	{Name: "Simulated Association of Network Operators", Kind: domain.PrivateSector},
	{Name: "Simulated Council for Information and Media", Kind: domain.InternationalOrganisation},
}

// responses are what addressees answer, with the follow-up that is reported a year later.
var responses = []struct {
	kind     domain.ResponseKind
	text     string
	office   string
	status   domain.FollowUpStatus
	progress int
	source   domain.FollowUpSource
}{
	{domain.AdoptionResponse, "We take the recommendation over into our programme of work and will report on it every year.", "Office of the Chair", domain.PartlyImplemented, 40, domain.AuthoritySource},
	{domain.SubstantiveResponse, "We share the aim. Two of its points are in our plans, the third needs a mandate that we do not have.", "Secretariat", domain.UnderConsideration, 10, domain.AuthoritySource},
	{domain.RejectionResponse, "We thank the citizens and do not follow them here: the costs would fall on those who are to be helped.", "Board", domain.Abandoned, 0, domain.CivilSocietySource},
	{domain.SubstantiveResponse, "We have set up a working group in which three participants of the dialogues take part.", "Directorate", domain.Implemented, 100, domain.PartnerSource},
}

// deviations are where days left the protocol.
var deviations = []struct {
	rule, text, mitigation string
	severity               domain.Severity
	session                domain.SessionID
}{
	{"session-duration", "The lights went out for twenty minutes; the session ended later than planned.", "The break was made shorter.", domain.Minor, sessionData},
	{"order-of-sessions", "Lunch came early, and the film was shown after it instead of before.", "All tables saw it before they began to talk.", domain.Minor, sessionSphere},
	{"table-size", "One table had four people after somebody had to leave.", "A facilitator in training joined it without a vote.", domain.Minor, sessionAI},
	{"sampling", "A part of the citizens came from one district, because the buses of another did not run.", "The committee looked at the answers with and without them and found no difference that matters.", domain.Major, ""},
}

// unusedReasons are the codes under which a synthesis leaves an input out.
var unusedReasons = []string{"out-of-scope", "covered-by-another", "contradicted-by-most"}
