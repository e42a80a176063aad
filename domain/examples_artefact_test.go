package domain

func artefactExamples() []Event {
	return []Event{}
}
