package domain

func laterExamples() []Event {
	return []Event{}
}
