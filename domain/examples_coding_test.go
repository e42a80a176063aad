package domain

func codingExamples() []Event {
	return []Event{}
}
