package domain

func tableExamples() []Event {
	return []Event{}
}
