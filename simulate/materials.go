package simulate

import "daybook.internal/domain"

// A material is an artefact that is no question: what is read, said and signed.
type material struct {
	id     domain.ArtefactID
	kind   domain.ArtefactKind
	title  string
	body   string
	topic  domain.TopicID // of information
	public bool           // it is put before participants, and so into their languages
}

const (
	artefactConsent   domain.ArtefactID = "ar_sim_consent"
	artefactGuideline domain.ArtefactID = "ar_sim_moderation"
	artefactFrame     domain.ArtefactID = "ar_sim_coding_frame"
	artefactPlan      domain.ArtefactID = "ar_sim_analysis_plan"
	artefactMethod    domain.ArtefactID = "ar_sim_synthesis_method"
	artefactWorksheet domain.ArtefactID = "ar_sim_worksheet"
	artefactEndorse   domain.ArtefactID = "ar_sim_endorsement"
	artefactForm      domain.ArtefactID = "ar_sim_questionnaire"
	artefactScript    domain.ArtefactID = "ar_sim_script"
	moduleTable       domain.ArtefactID = "ar_sim_training_table"
	moduleHead        domain.ArtefactID = "ar_sim_training_head"
	moduleCoding      domain.ArtefactID = "ar_sim_training_coding"
	artefactFilm      domain.ArtefactID = "ar_sim_film"
)

var materials = []material{
	{artefactConsent, domain.ConsentTextArtefact, "Consent", "I take part because I want to. My answers are stored under a code that nobody can lead back to me, and are published only as counts. I can stop at any time, and ask that what was stored about me be deleted.", "", true},
	{artefactWorksheet, domain.WorksheetArtefact, "Worksheet of a table", "1. Our ideas. 2. For and against the best of them. 3. Our recommendation, in one sentence. 4. What we do not agree on. 5. A sentence that should not be forgotten.", "", true},
	{artefactEndorse, domain.TemplateArtefact, "Endorsement", "Do you support this recommendation? Yes - No - I abstain.", "", true},
	{"ar_sim_info_me", domain.MaterialArtefact, "Internet and me", "Half of the world was online in 2019. What people do there is as different as their lives: some learn, some trade, some lose their sleep. This sheet tells five stories, and leaves the judgement to you.", topicMe, true},
	{"ar_sim_info_data", domain.MaterialArtefact, "My data, your data, our data", "Data about people can heal and harm. Some say: it belongs to those it tells of. Some say: it belongs to all of us. This sheet gives three reasons for each.", topicData, true},
	{"ar_sim_info_sphere", domain.MaterialArtefact, "A strong digital public sphere", "Never could so many speak to so many. What is false travels with what is true. This sheet tells what schools, platforms, media and states do about it, and what speaks against each.", topicSphere, true},
	{"ar_sim_info_ai", domain.MaterialArtefact, "Exploring and governing artificial intelligence", "Machines learn from examples. They see tumours, write letters and make mistakes that nobody expects. This sheet tells of four uses, two hopes and two concerns.", topicAI, true},
	{"ar_sim_info_own", domain.MaterialArtefact, "Internet for and with the citizens", "Who decides about the internet? States, companies, engineers, and now and then somebody like you. This sheet draws the map.", topicOwn, true},
	{artefactScript, domain.ScriptArtefact, "Script of the day", "Welcome, seven sessions, two breaks and a meal. Every session: film, sheet, talk at the table, vote.", "", false},
	{artefactForm, domain.QuestionnaireArtefact, "Questionnaire", "The questions of the day in their order, with a code on every page.", "", false},
	{moduleTable, domain.GuideArtefact, "Training of table facilitators", "Listen twice as much as you speak. Ask those who are silent. Never say what you think.", "", false},
	{moduleHead, domain.GuideArtefact, "Training of head facilitators", "Keep the time, keep the order, report what goes wrong.", "", false},
	{moduleCoding, domain.GuideArtefact, "Training of coders", "Read the sentence, then the frame, then the sentence again. Do not look at what the other coder has found.", "", false},
	{artefactMethod, domain.GuideArtefact, "How the synthesis is made", "Every national recommendation is read by two editors, placed by its themes, and stands behind an output or in the list of unused ones with a reason.", "", false},
	{artefactPlan, domain.PlanArtefact, "Analysis plan", "Counts first; three weightings side by side; cells under five people hidden; table effects reported; no test is made that is not written here.", "", false},
	{artefactGuideline, domain.GuideArtefact, "Moderation", "What insults, exposes or has nothing to do with the topic is refused, with its reason.", "", false},
	{artefactFrame, domain.CodingFrameArtefact, "Coding frame", "Ten themes. A sentence may have several.", "", false},
	{artefactFilm, domain.MaterialArtefact, "Opening film", "A film of four minutes about a day with the internet in five countries.", "", false},
}

// guidelineCodes are the reasons for which a statement is refused or hidden.
var guidelineCodes = []domain.Code{
	{ID: "insult", Label: domain.In(sourceLang, "It insults a person or a group")},
	{ID: "private", Label: domain.In(sourceLang, "It exposes somebody's private life")},
	{ID: "offTopic", Label: domain.In(sourceLang, "It has nothing to do with the topic")},
}

// codesOf are the codes of a coding frame or a guide.
func (m material) codes() []domain.Code {
	switch m.id {
	case artefactGuideline:
		return guidelineCodes
	case artefactFrame:
		codes := make([]domain.Code, len(themes))
		for i, t := range themes {
			codes[i] = domain.Code{ID: t.code, Label: domain.In(sourceLang, t.label)}
		}
		return codes
	}
	return nil
}

// ref is the version of an artefact that is used everywhere: the first one.
func ref(id domain.ArtefactID) domain.ArtefactRef { return domain.ArtefactRef{ID: id, Version: 1} }
