package domain

func partnerExamples() []Event {
	return []Event{}
}
