package domain

func sortitionExamples() []Event {
	return []Event{}
}
