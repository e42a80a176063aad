package commands

func submissionCommands() []Command {
	return []Command{}
}
